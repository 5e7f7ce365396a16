"""Two responses between which there is nothing to choose."""

import pytest

from labeling.projects.gates import ALIKE, LONGEST, Gate, likeness
from tests.projects.gates import PARAGRAPH, SUM, pair


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
