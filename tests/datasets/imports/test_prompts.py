"""Prompts of a file in a set: by pages, whose worker is called by hand, and by a command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from labeling.datasets.imports import uploads
from labeling.datasets.models import Import, ImportRow
from labeling.projects.models import Prompt, PromptSet
from tests.datasets.imports.files import check, json_lines, left_out, send, store, worked
from tests.projects.pages import words

TURNS = ["Write a haiku about rain.", "Now without the letter e."]


@pytest.fixture
def prompts(db) -> PromptSet:
    return PromptSet.objects.create(name="Everyday")


@pytest.fixture
def managed(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def url(prompts) -> str:
    return reverse("prompts_import", args=[prompts.pk])


def lines(*rows) -> bytes:
    import json

    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


def test_a_file_is_sent_in_parts_checked_and_stored_with_its_tags(managed, prompts, url):
    rows = lines(
        {"prompt": TURNS, "category": "writing", "lang": "en"},
        {"prompt": "Wie wird das Wetter?", "category": "weather", "lang": "de"},
    )
    imported = send(managed, url, rows, part=10)
    page = managed.get(reverse("import_columns", args=[imported.pk]))
    assert "Now without the letter e." in words(page)
    assert "2 of the first 2 rows can be stored." in words(page)
    imported = check(managed, imported, text="prompt", tags="category", language="lang", category_all="everyday")
    assert (imported.state, imported.fitting, imported.wrong, imported.duplicates) == ("checked", 2, 0, 0)
    assert not prompts.prompts.exists()
    assert "Every row fits." in words(managed.get(reverse("import", args=[imported.pk])))
    assert store(managed, imported).state == "done"
    first, second = prompts.prompts.order_by("pk")
    assert (first.text, first.follow_ups, first.tags, first.language) == (TURNS[0], TURNS[1:], ["writing"], "en")
    assert (second.text, second.language, second.category) == ("Wie wird das Wetter?", "de", "everyday")
    assert not uploads.place(imported.pk).exists()
    assert not ImportRow.objects.exists()
    assert "Now without the letter e." in words(managed.get(reverse("prompt_set", args=[prompts.pk])))


def test_each_row_that_does_not_fit_is_named_with_its_reason_and_the_others_are_stored(managed, prompts, url):
    prompts.add(["Why  is the SKY blue?"])
    rows = (
        lines(
            {"prompt": "Why is the sky blue?"},
            {"prompt": "Fine."},
            {"prompt": "fine."},
            "{broken",
            {"prompt": ""},
            {"prompt": "a\0b"},
            {"prompt": "x" * 100_000},
            '{"prompt": "\\ud800"}',
            {"prompt": "donâ€™t"},
            {"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]},
            {"prompt": 7.5, "language": "not a tag"},
            {"prompt": "Bad.", "category": "nasty"},
            {"prompt": "Worse.", "category": "adversarial"},
            {"prompt": {"a": 1}},
        )
        + b'{"prompt": "caf\xe9"}\n'
    )
    imported = check(managed, send(managed, url, rows), text="prompt", category="category", language="language")
    assert left_out(imported) == {
        **{1: "there", 3: "twice", 4: "json", 5: "empty", 6: "nul", 7: "long", 8: "surrogate", 9: "broken"},
        **{10: "answered", 11: "language", 12: "category", 13: "untagged", 14: "type", 15: "utf8"},
    }
    page = words(managed.get(reverse("import", args=[imported.pk])))
    assert "Store the 1 row that fits" in page
    assert "as row 2" in page
    file = b"".join(managed.get(reverse("import", args=[imported.pk]), {"as": "csv"}).streaming_content).decode()
    assert "7,prompt,It is too long.,100000 > 20000" in file
    assert len(file.splitlines()) == 15
    store(managed, imported)
    assert set(prompts.prompts.values_list("text", flat=True)) == {"Why  is the SKY blue?", "Fine."}
    assert len(left_out(imported)) == 14


def test_what_came_into_the_set_since_it_was_checked_is_not_stored_twice(managed, prompts, url):
    imported = check(managed, send(managed, url, lines({"prompt": "One."}, {"prompt": "Two."})), text="prompt")
    prompts.add(["one."])
    imported = store(managed, imported)
    assert (imported.fitting, imported.duplicates) == (1, 1)
    assert set(prompts.prompts.values_list("text", flat=True)) == {"one.", "Two."}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", "text\nUmlaut: ä\n".encode("utf-16"), "UTF-8"),
        ("a.json", b'[{"prompt": "one"}]', "JSON Lines"),
        ("a.xlsx", b"PK\x03\x04....", "CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(managed, url, name, data, says):
    imported = send(managed, url, data, name)
    page = words(managed.get(reverse("import_columns", args=[imported.pk])))
    assert "cannot be read" in page
    assert says in page


def test_a_file_that_breaks_off_further_down_fails_as_a_whole_and_can_be_tried_again(managed, prompts, url):
    rows = lines(*({"prompt": f"Number {n}."} for n in range(2000)), "x" * 8_100_000)
    imported = check(managed, send(managed, url, rows), text="prompt")
    assert imported.state == "failed"
    assert "Line 2001 is longer than 8,000,000 characters" in imported.error
    assert not ImportRow.objects.exists()
    assert "Line 2001" in words(managed.get(reverse("import_columns", args=[imported.pk])))
    assert check(managed, imported, text="prompt").state == "failed"


def test_a_part_that_comes_twice_or_out_of_place_changes_nothing(managed, url):
    begun = managed.post(url, {"name": "a.jsonl", "size": 20}).json()
    first = managed.post(f"{begun['parts']}?begins=0", b"0123456789", content_type="application/octet-stream")
    assert first.json()["received"] == 10
    for begins in (0, 5, 15):
        again = managed.post(
            f"{begun['parts']}?begins={begins}", b"0123456789", content_type="application/octet-stream"
        )
        assert (again.status_code, again.json()["received"]) == (409, 10)
    page = words(managed.get(begun["page"]))
    assert "Choose the same file once more" in page
    more = managed.post(f"{begun['parts']}?begins=10", b"x" * 11, content_type="application/octet-stream")
    assert more.status_code == 409


def test_without_a_script_a_small_file_comes_with_the_form(managed, url, tmp_path):
    path = json_lines(tmp_path / "small.jsonl", [{"prompt": "Why?"}])
    with path.open("rb") as file:
        answer = managed.post(url, {"file": file})
    assert answer.status_code == 302
    assert check(managed, Import.objects.get(), text="prompt").fitting == 1


def test_no_file_and_one_that_is_too_large_are_refused_with_the_reason(managed, url):
    assert "Choose a file." in words(managed.post(url, {}))
    assert "5 GB" in words(managed.post(url, {"name": "a.jsonl", "size": 6_000_000_000}))


def test_cancelling_leaves_nothing_behind(managed, prompts, url):
    imported = check(managed, send(managed, url, lines({"prompt": "One."})), text="prompt")
    managed.post(reverse("import_cancel", args=[imported.pk]))
    imported.refresh_from_db()
    assert imported.state == "cancelled"
    assert not uploads.place(imported.pk).exists()
    assert not ImportRow.objects.exists()
    assert "Nothing was stored" in words(managed.get(reverse("import", args=[imported.pk])))
    managed.post(reverse("import_store", args=[imported.pk]))
    assert worked(imported).state == "cancelled"
    assert not prompts.prompts.exists()


def test_a_command_stores_all_or_says_what_does_not_fit(prompts, tmp_path):
    path = json_lines(tmp_path / "a.jsonl", [{"turns": TURNS}, {"turns": ""}, {"turns": "Two."}])
    out, problems = StringIO(), tmp_path / "problems.csv"
    with pytest.raises(CommandError, match="1 of 3 rows does not fit"):
        call_command("import_prompts", path, set="New", stderr=out, problems=problems)
    assert "Row 2: There is no text where there should be one. (turns" in out.getvalue()
    assert "There is no text" in problems.read_text()
    assert not PromptSet.objects.filter(name="New").exists()
    call_command("import_prompts", path, "--all", "language=fr", set="New", leave_out=True, stdout=out, stderr=out)
    assert list(Prompt.objects.filter(prompt_set__name="New").values_list("text", "language")) == [
        (TURNS[0], "fr"),
        ("Two.", "fr"),
    ]
    assert path.exists()


def test_a_command_says_which_row_came_before_and_which_file_is_not_there(db, tmp_path):
    path = json_lines(tmp_path / "a.jsonl", [{"turns": "One."}, {"turns": "One."}])
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 rows does not fit"):
        call_command("import_prompts", path, set="New", stderr=out)
    assert out.getvalue().strip().endswith("the same annotator. (as row 1)")
    with pytest.raises(CommandError, match=r"There is no file .*b\.jsonl\."):
        call_command("import_prompts", tmp_path / "b.jsonl", set="New")


def test_a_command_says_which_columns_there_are(db, tmp_path):
    path = json_lines(tmp_path / "a.jsonl", [{"words": "Why?"}])
    with pytest.raises(CommandError, match=r"--column text=NAME\. The columns are words"):
        call_command("import_prompts", path, set="New")
    with pytest.raises(CommandError, match="no column nothing"):
        call_command("import_prompts", path, "--column", "text=nothing", set="New")
