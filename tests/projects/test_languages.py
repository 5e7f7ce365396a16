import pytest
from django.utils import translation

from labeling.projects import languages


@pytest.mark.parametrize(
    ("text", "offered", "said"),
    [
        ("Why is the sky blue?", "en", "en"),
        ("Warum ist der Himmel blau?", "en", "en"),  # nothing in its letters tells it
        ("Pourquoi ?", "", "und-Latn"),
        ("لماذا السماء زرقاء؟", "en", "und-Arab"),
        ("لماذا السماء زرقاء؟", "ar", "ar"),
        ("چرا آسمان آبی است؟", "fa", "fa"),
        ("Почему небо голубое?", "en", "und-Cyrl"),
        ("Почему небо голубое?", "uk", "uk"),
        ("空はなぜ青い?", "en", "ja"),
        ("天空为什么是蓝色的?", "en", "zh"),
        ("天空为什么是蓝色的?", "zh-Hant", "zh-Hant"),
        ("天空", "ja", "ja"),
        ("하늘은 왜 파란가요?", "en", "ko"),
        ("Γιατί ο ουρανός είναι μπλε;", "fr", "el"),
        ("Zašto je nebo plavo?", "sr-Latn", "sr-Latn"),
        ("2 + 2 = ?", "en", "en"),
        ("2 + 2 = ?", "", "und"),
        ("Translate “hello” : " + "مرحبا بالعالم " * 5, "en", "und-Arab"),
    ],
)
def test_a_language_that_was_left_as_offered_goes_with_the_script_or_gives_way(text, offered, said):
    assert languages.fitting(text, offered) == said


@pytest.mark.parametrize(
    ("own", "accepted", "offered"),
    [
        ("", "de-CH,de;q=0.9,en;q=0.8", "de"),
        ("", "pt-BR,pt;q=0.9", "pt-BR"),
        ("ar", "en-US", "ar"),
        ("", "", ""),
        ("", "xx-nonsense", ""),
        ("", "<script>", ""),
        ("", "*", ""),
    ],
)
def test_what_somebody_wrote_in_last_comes_before_what_their_browser_asks_for(own, accepted, offered):
    assert languages.offered(own, accepted) == offered


def test_a_tag_that_is_in_no_list_can_stay_chosen():
    assert '<option value="qaa-Latn" selected>' in languages.options("qaa-Latn")
    assert languages.options("ar").count(" selected") == 1


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("ar", "العربيّة (ar)"),
        ("und-Arab", "not known, in Arabic letters"),
        ("und", "not known"),
        ("qaa-Latn", "qaa-Latn"),
    ],
)
def test_a_language_is_told_in_words_also_where_its_letters_alone_are_known(tag, said):
    assert languages.named(tag) == said


def test_a_language_that_only_its_letters_tell_of_is_chosen_by_words():
    assert '<option value="und-Arab" selected>Not known, in Arabic letters</option>' in languages.options("und-Arab")


def test_what_is_listed_is_in_the_language_of_who_reads_it(monkeypatch):
    with translation.override("en"):
        assert "Another language" in languages.options("en")
    monkeypatch.setattr(languages, "_", lambda text: f"[{text}]")  # nothing is translated yet
    with translation.override("de"):
        assert "[Another language]" in languages.options("en")
