import random
import time

import pytest

from labeling.projects.differences import Kind, Part, Piece, compare, share_changed

LINES = [f"Line {number} says something of its own, number {number}." for number in range(40)]
TEXT = "\n".join(LINES)


def pieces(parts: list[Part]) -> list[tuple[str, str]]:
    return [(str(piece.kind), piece.text) for part in parts if part.changed for piece in part.pieces]


def rebuilt(parts: list[Part], without: Kind) -> str:
    """One of the two texts, from everything but what only the other one has."""
    blocks = ["".join(piece.text for piece in part.pieces if piece.kind != without) for part in parts]
    kept = [
        block for block, part in zip(blocks, parts, strict=True) if {piece.kind for piece in part.pieces} != {without}
    ]
    return "\n".join(kept)


def test_the_same_text_has_no_differences():
    assert compare(TEXT, TEXT) == []
    assert share_changed(TEXT, TEXT) == 0
    assert compare("", "") == [] and share_changed("", "") == 0


def test_inside_a_line_it_goes_word_by_word():
    assert pieces(compare("Prefer the shorter response.", "Prefer the clearer response.")) == [
        ("same", "Prefer the "),
        ("removed", "shorter"),
        ("added", "clearer"),
        ("same", " response."),
    ]


def test_neighbouring_words_are_one_change():
    assert pieces(compare("It is a very bad idea to ask.", "It is a rather good idea to ask."))[1:3] == [
        ("removed", "very bad"),
        ("added", "rather good"),
    ]


def test_lines_that_have_little_in_common_stand_one_after_the_other():
    assert pieces(compare("Be brief.", "Reasons come first, then examples")) == [
        ("removed", "Be brief."),
        ("added", "Reasons come first, then examples"),
    ]


def test_a_line_put_in_leaves_its_neighbours_alone():
    new = "\n".join([*LINES[:5], "A new line.", *LINES[5:]])
    assert pieces(compare(TEXT, new)) == [("added", "A new line.")]


def test_what_did_not_change_is_folded_up_to_two_lines_on_each_side():
    new = TEXT.replace("Line 20", "Row 20")
    before, near, change, following, after = compare(TEXT, new)
    assert (before.skipped, after.skipped) == (18, 17)
    assert near.pieces[0].text.splitlines() == LINES[18:20]
    assert following.pieces[0].text.splitlines() == LINES[21:23]
    assert change.pieces[0] == Piece(Kind.REMOVED, "Line")


def test_a_break_that_was_put_in_is_seen():
    (change,) = [part for part in compare("one\ntwo", "one\n\ntwo") if part.changed]
    assert [piece.shown for piece in change.pieces] == ["¶\n"]


def test_a_script_without_spaces_goes_by_the_character():
    assert pieces(compare("安全な回答を選ぶ。", "有用な回答を選ぶ。"))[:2] == [("removed", "安全"), ("added", "有用")]


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        ("one two three four", "one two three five", 0.25),
        ("one two three four", "one  two\nthree four", 0.0),
        ("one two", "three four five six", 1.0),
        ("", "one", 1.0),
        ("one two three four", "one two", 0.5),
        ("one, two; three: four.", "one, two; three: five!", 0.25),
        ("one two", "# one *two*", 0.0),
    ],
)
def test_the_share_counts_words_alone(old, new, share):
    assert share_changed(old, new) == pytest.approx(share)


def test_a_typo_in_a_long_text_is_a_small_share():
    assert 0 < share_changed(TEXT, TEXT.replace("Line 20", "Row 20")) < 0.01


def test_both_texts_can_be_read_off_the_differences():
    rng = random.Random(5)
    for _ in range(200):
        old = [" ".join(rng.choices("abcde", k=rng.randint(1, 4))) for _ in range(rng.randint(1, 8))]
        new = [line if rng.random() < 0.6 else " ".join(rng.choices("abcde", k=3)) for line in old]
        new = [line for line in new if rng.random() < 0.9] or ["a"]
        parts = compare("\n".join(old), "\n".join(new), context=99)
        assert not parts or rebuilt(parts, Kind.REMOVED).strip("\n") == "\n".join(new).strip("\n")
        assert not parts or rebuilt(parts, Kind.ADDED).strip("\n") == "\n".join(old).strip("\n")


@pytest.mark.parametrize("line", ["x", "word word word word", "all {n} are different"])
def test_the_longest_guideline_takes_a_moment_and_no_more(line):
    old = "\n".join(line.format(n=n) for n in range(60_000 // (len(line) + 1)))
    began = time.process_time()
    compare(old, old.upper())
    compare(old, old.replace("\n", " "))
    assert time.process_time() - began < 5


def test_short_lines_without_end_take_a_moment_too():
    """Each of 101 lines comes again and again, out of step with the other text."""
    one, other = ("\n".join(chr(0x100 + n * step % 101) for n in range(30_000)) for step in (1, 5))
    began = time.process_time()
    assert compare(one, other)
    assert time.process_time() - began < 5


def test_a_typo_in_very_many_lines_is_found():
    old = "\n".join(f"{n}" for n in range(10_000))
    assert pieces(compare(old, old.replace("\n5000\n", "\nfive\n"))) == [("removed", "5000"), ("added", "five")]
    assert share_changed(old, old.replace("\n5000\n", "\nfive\n")) == 1 / 10_000
