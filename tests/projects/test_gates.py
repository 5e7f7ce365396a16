import re
import unicodedata
from random import Random

import pytest

from labeling.projects import self_naming
from labeling.projects.gates import ALIKE, LONGEST, Gate, likeness, normalised, pair_stopped, stopped

EVERY = tuple(Gate)
PARAGRAPH = (
    "Sourdough goes flat when the starter is weak or when the dough has proofed for too long. Feed the starter twice a "
    "day until it doubles within six hours, keep the dough in a warm place, and shape it gently so that the gas stays "
    "inside. Bake it in a hot pot with the lid on, then take the lid off and wait until the crust is dark and crisp. "
    "Let the loaf cool on a rack before you cut it, since the crumb sets only while it cools."
)
SUM = (
    "Each box holds 12 apples, and there are 7 boxes on the cart, so there are 84 apples altogether. The farmer sells "
    "half of them in the morning and gives a third of the remaining apples to the school, which leaves her with 28 "
    "apples for the evening. She puts them back on the cart, covers them with a cloth, and drives slowly home along "
    "the river before the sun goes down behind the hills."
)


def gate(text: str, finish_reason: str = "stop", names: tuple[str, ...] = ()) -> Gate | None:
    return stopped(text, finish_reason, EVERY, names)


def pair(one: str, other: str) -> Gate | None:
    return pair_stopped(one, other, EVERY)


# --- Pairs ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes.", "Yes."),
        ("", "  \n"),
        ("Two  words\n", "two words"),
        ("\ufb01sh", "FISH"),
        ("Straße", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_the_same_words_are_identical_whatever_their_spaces_case_and_encoding(one, other):
    assert pair(one, other) == Gate.IDENTICAL


@pytest.mark.parametrize(
    ("one", "other"), [("10²", "102"), ("x²", "x2"), ("4", "5"), ("Yes.", "No."), ("Yes.", "Yes!")]
)
def test_short_answers_that_differ_are_left_to_people(one, other):
    assert pair(one, other) is None


def test_one_word_changed_in_a_paragraph_is_nearly_identical():
    assert pair(PARAGRAPH, PARAGRAPH.replace("gently", "carefully")) == Gate.NEAR_IDENTICAL
    assert pair(PARAGRAPH, PARAGRAPH + " Enjoy!") == Gate.NEAR_IDENTICAL


def test_a_sentence_more_or_less_is_a_difference():
    assert pair(PARAGRAPH, PARAGRAPH.rsplit(". ", 1)[0] + ".") is None


def test_equal_sums_with_another_result_are_not_alike():
    """The one thing in them that may be right or wrong."""
    assert pair(SUM, SUM.replace("cloth", "sheet")) == Gate.NEAR_IDENTICAL
    assert pair(SUM, SUM.replace("28", "29")) is None
    assert pair(SUM, SUM.replace("28 apples", "-28 apples")) is None


def test_a_text_over_and_over_is_not_like_the_text_itself():
    assert pair("ha ha ha ha", "ha " * 500) is None


def test_one_letter_in_a_paragraph_without_spaces_is_nearly_nothing():
    one = (
        "天空看起来是蓝色的因为阳光穿过大气层时较短的蓝光比较长的红光更容易被空气中的分子向各个方向散射"
        "所以我们抬头看到的整个天空都是蓝色而日落时光线要穿过更厚的空气因此显得发红"
    )
    assert pair(one, one.replace("抬头", "仰头")) == Gate.NEAR_IDENTICAL
    assert pair(one[:10], one[:9]) is None


def test_the_threshold_is_one_word_in_about_sixty():
    def words(number: int) -> str:
        return " ".join(f"w{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}" for n in range(number))

    assert likeness(words(60), words(60).replace("wet", "changed")) >= ALIKE
    assert likeness(words(50), words(50).replace("weo", "changed")) < ALIKE


def test_what_is_too_long_to_read_is_compared_to_the_letter():
    long = "word " * LONGEST
    assert pair(long, long) == Gate.IDENTICAL
    assert pair(long, long + "x") is None


# --- Single responses ---


@pytest.mark.parametrize("text", ["", " \n\t", "...", "—", "***\n---", "```\n```", "\u200b", "\u3164", "\ufffd", "()"])
def test_punctuation_alone_is_empty(text):
    assert gate(text) == Gate.EMPTY


@pytest.mark.parametrize("text", ["4", "A", "👍", "+", "€", "½", "是", "π", "不"])
def test_a_digit_a_letter_a_symbol_or_an_emoji_is_an_answer(text):
    assert gate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "It\ufffds a\ufffd\ufffd sunny day.",
        "\x1b[31mred\x1b[0m \x07\x08",
        "Itâ€™s a cafÃ© and donâ€™t you know",
        "PÃ¤rchen und MÃ¼tter kÃ¶nnen das",
        "ÃƒÂ© et ÃƒÂ¨ puis ÃƒÂ§a",
    ],
)
def test_text_in_shards_is_broken(text):
    assert gate(text) == Gate.BROKEN


@pytest.mark.parametrize(
    "text",
    [
        "The last token was cut\ufffd",
        "É, È und À sind Großbuchstaben, „SCHÖN“ und «CAFÉ» auch.",
        "NÃO, SÃO PAULO, AÇÃO",
        "When é shows as Ã©, è as Ã¨ and ’ as â€™, a file was read with the wrong encoding.",
        "word " * 3000,
        "Line one\r\nline two\tand a tab",
        "Привет, мир! Γειά σου. こんにちは。",
        PARAGRAPH,
    ],
)
def test_text_that_is_merely_strange_is_not_broken(text):
    assert gate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I am SmolLM",
        "I'm ChatGPT, a large language model trained by OpenAI.",
        "Hello! I am **Qwen2.5**, nice to meet you.",
        "I’m SmolLM2-135M-Instruct.",
        '"I am SmolLM, here to help."',
        "my name is Qwen",
        "I am GPT-4.",
        "I am Llama 3, here to help",
        "As ChatGPT, I don't have feelings.",
        "I'm Claude, an AI assistant made by Anthropic.",
        "I am Gemini, a large language model trained by Google.",
        "I'm Phi, a language model developed by Microsoft.",
        "I'm an AI language model developed by OpenAI",
        "I'm just a language model trained by the team at Hugging Face.",
        "I am a helpful AI assistant named SmolLM.",
        "I'm a chatbot that was built and trained by Mistral AI.",
        "As an AI developed by Anthropic, I can't do that.",
        "As a language model created by Hugging Face, I have no feelings.",
        "I cannot, as a language model created by Hugging Face, help.",
        "I was created by Alibaba Cloud.",
        "My creators at OpenAI decided otherwise.",
        "OpenAI, who developed me, decided otherwise.",
        "The company that trained me is Hugging Face.",
        "I'm powered by OpenAI's GPT-4.",
        "Ich bin ChatGPT.",
        "Ich bin ein großes Sprachmodell, das von OpenAI trainiert wurde.",
        "Je suis un modèle de langage développé par OpenAI.",
        "Soy un modelo de lenguaje creado por OpenAI.",
        "Sou um modelo de linguagem desenvolvido pela OpenAI.",
        "Sono un modello linguistico sviluppato da Google.",
        "Me llamo ChatGPT",
        "我是通义千问",
        "你好我是由阿里云开发的大规模语言模型",
        "私はOpenAIによって開発されたAIです",
    ],
)
def test_a_response_that_says_who_it_is_names_its_maker(text):
    assert gate(text) == Gate.NAMES_MAKER
    assert gate(f"Of course!\n\n{text}\nWhat would you like to know?") == Gate.NAMES_MAKER


@pytest.mark.parametrize(
    "text",
    [
        "OpenAI released ChatGPT in 2022, and Google followed with Gemini.",
        "ChatGPT is a language model trained by OpenAI.",
        "As a language model created by OpenAI, ChatGPT has limits.",
        "As an AI, I have no feelings.",
        "I am an AI language model and cannot eat.",
        "I'm an AI and have no data from Google.",
        "I am an AI and open no apps made by Google.",
        "I am not ChatGPT.",
        "I am a ChatGPT user, and ChatGPT-like tools are what I am fond of.",
        "I am ChatGPT-like.",
        "I am a user of an AI developed by OpenAI.",
        "I am a researcher studying AI made by Google.",
        "I'm a student using an AI assistant called Qwen.",
        "I'm glad you asked about the language model built by OpenAI!",
        "I was trained by Google as an engineer.",
        "Apple made me laugh, and the team that trained me is fond of OpenAI.",
        "Claude Monet painted water lilies.",
        "My name is Claude and I live in Paris.",
        "I am Claude, and I paint.",
        "I am Claude's neighbour.",
        "I am Llama farming this summer; Llama farming is popular in Peru.",
        "I'm Gemini, born in June.",
        '"I am ChatGPT," said the robot.',
        "“I'm Claude, an AI assistant,” the box said.",
        "«Je suis ChatGPT», dit la machine.",
        "Ich bin ChatGPT-Nutzer.",
        "Ich bin eine KI und kann keine Daten von Google abrufen.",
        "I'm an apple farmer, and I grow plants, falcon hunting aside.",
    ],
)
def test_talking_about_models_and_makers_is_not_naming_ones_own(text):
    assert gate(text) is None


def test_the_names_of_the_contestants_count_as_they_are_written():
    names = ("SmolLM2 135M, plain", "Helpful", "Candidate (June)", "C++ [x]*")
    assert gate("I am Helpful.", names=names) == Gate.NAMES_MAKER
    assert gate("My name is Candidate, by the way.", names=names) == Gate.NAMES_MAKER
    assert gate("I am helpful.", names=names) is None
    assert gate("I am Helpful's friend, and Helpful is a candidate.", names=names) is None


def test_a_cut_off_response_is_truncated_where_that_is_a_reason():
    assert gate("And so on", finish_reason="length") == Gate.TRUNCATED
    assert stopped("And so on", "length", [Gate.EMPTY]) is None


def test_the_worst_is_what_is_said():
    assert gate("I am Qwen \ufffd\ufffd\ufffd", "length") == Gate.BROKEN
    assert gate("...", "length") == Gate.EMPTY
    assert gate("I am Qwen", "length") == Gate.NAMES_MAKER


# --- Whatever comes ---

PIECES = (
    *("I am ", "I'm ", "as an AI ", "developed by ", "OpenAI", "ChatGPT", "Claude", ", ", ". ", "\n", '"', "“", "'s"),
    *(
        "\ufffd",
        "\x00",
        "\x1b",
        "é",
        "e\u0301",
        "Ã©",
        "â€™",
        "ﬁ",
        "10²",
        "½",
        "42",
        "-7",
        "😀",
        "\u200d",
        "天",
        "ก",
        "\ud800",
    ),
    *("\u0345", "ͅα", "İ", "ẞ", "ŉ", "\u1e9b\u0323", "ﾞ", "\ufdfa", "\u00a8", "\u3164", " ", "\u2028", "word", "*"),
)


def texts(seed: int) -> tuple[str, str]:
    """Two at random: of pieces that mean something to a gate, and of any characters at all."""
    rng = Random(seed)
    one = "".join(rng.choices(PIECES, k=rng.randrange(60)))
    if rng.random() < 0.5:
        return one, "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(60)))
    cut = rng.randrange(len(one) + 1)
    return one, one[:cut] + rng.choice(PIECES) + one[cut:]


@pytest.mark.parametrize("seed", range(200))
def test_whatever_comes_no_gate_breaks_and_only_those_that_were_chosen_act(seed):
    one, other = texts(seed)
    chosen = Random(seed).sample(EVERY, k=seed % 7)
    assert stopped(one, "length", chosen, ["Any (name", "*"]) in (None, *chosen)
    found = pair_stopped(one, other, chosen)
    assert found in (None, *chosen)
    assert found == pair_stopped(other, one, chosen)
    if {Gate.IDENTICAL, Gate.NEAR_IDENTICAL} & set(chosen):
        assert pair_stopped(one, one, chosen) is not None


@pytest.mark.parametrize("seed", range(200))
def test_normalising_twice_is_normalising_once(seed):
    for text in texts(seed):
        assert normalised(normalised(text)) == normalised(text)


def test_every_character_is_normalised_for_good():
    for code in range(0x110000):
        once = normalised(f"a{chr(code)}\u0301")
        assert normalised(once) == once
        assert unicodedata.is_normalized("NFKC", once)


def test_no_search_for_names_can_run_away():
    """Every repetition has an upper bound, so that a search takes a bounded number of steps at each character."""
    for pattern in self_naming._PATTERNS:
        outside_classes = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern.pattern)
        assert not re.search(r"[*+]|,\}", outside_classes), pattern.pattern


@pytest.mark.parametrize(
    ("hostile", "found"),
    [
        ("I am a " * LONGEST, None),
        ("I am an AI " * LONGEST, None),
        ("i am an ai model assistant helper friend made by " * LONGEST, None),
        ("as an ai " * LONGEST + "made by OpenAI", None),
        ('"I am Qwen ' * LONGEST, Gate.NAMES_MAKER),
        ("i " * LONGEST, None),
        ("a" * 10 * LONGEST, None),
        ("\n" * LONGEST, Gate.EMPTY),
        ("a" + "\u0301\u0316" * LONGEST, None),
        ("\uff9e\u0301" * LONGEST, None),
        ("\ufdfa" * LONGEST, None),
        ("Ã©" * LONGEST, Gate.BROKEN),
    ],
)
def test_hostile_text_is_just_text(hostile, found):
    assert gate(hostile) == found
    assert pair(hostile[:LONGEST], hostile[: LONGEST - 1] + "x") in (Gate.IDENTICAL, Gate.NEAR_IDENTICAL, None)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\uff9e\u0301", "\u0344\u0323"])
def test_marks_without_end_are_not_sorted_without_end(marks):
    """Sorting them takes the square of their number."""
    assert len(normalised("a" + marks * 1000)) <= 31
