import random

import pytest

from labeling.dialogues import pacing as module
from labeling.dialogues.pacing import STEP, Cursor, Entry, Pacer, pace

NOTHING = Cursor(((0, 0), (0, 0)))


@pytest.fixture(autouse=True)
def by_the_character(monkeypatch):
    """So that short texts say as much as long ones."""
    monkeypatch.setattr(module, "STEP", 1)


def started(pacing="slower", cursor=NOTHING, **texts) -> Pacer:
    """Sides a and b with these texts so far, in one batch."""
    pacer = Pacer(pacing, cursor)
    pacer.hear([*entries(0, texts.get("a", "")), *entries(1, texts.get("b", ""))])
    return pacer


def entries(side: int, text: str, attempt: int = 1) -> list[Entry]:
    return [Entry(side, "reset", attempt), *([Entry(side, "delta", attempt, text)] if text else [])]


def shown(pacer: Pacer) -> list[tuple[int, str, str]]:
    return [(piece.side, piece.kind, piece.text) for piece in pacer.due()]


def test_a_side_waits_for_the_slower_one():
    pacer = started(a="much faster")
    assert shown(pacer) == []
    pacer.hear([Entry(1, "delta", 1, "slow")])
    assert shown(pacer) == [(0, "delta", "much"), (1, "delta", "slow")]
    pacer.hear([Entry(1, "delta", 1, "er")])
    assert shown(pacer) == [(0, "delta", " f"), (1, "delta", "er")]


def test_the_rest_follows_when_the_other_side_has_ended():
    pacer = started(a="much longer", b="short")
    shown(pacer)
    pacer.hear([Entry(1, "stored", 1)])
    assert shown(pacer) == [(0, "delta", "longer"), (1, "stored", "")]


def test_nobody_hears_that_a_side_has_ended_before_its_text_is_shown():
    pacer = started(a="all of it", b="some")
    pacer.hear([Entry(0, "stored", 1)])
    assert shown(pacer) == [(0, "delta", "all "), (1, "delta", "some")]
    pacer.hear([Entry(1, "delta", 1, " more")])
    assert shown(pacer) == [(0, "delta", "of it"), (0, "stored", ""), (1, "delta", " more")]


def test_where_the_texts_end_does_not_tell_which_side_is_slower(monkeypatch):
    monkeypatch.setattr(module, "STEP", STEP)
    pacer, page = started(), ["", ""]
    for piece in ["One ", "word ", "after ", "another ", "comes ", "from ", "here."] * 5:
        pacer.hear([Entry(1, "delta", 1, piece), Entry(0, "delta", 1, "Whole sentences at a time. ")])
        for due in pacer.due():
            page[due.side] += due.text
        assert len(page[0]) == len(page[1])
        assert len(page[0]) % STEP == 0
    pacer.hear([Entry(0, "stored", 1), Entry(1, "stored", 1)])
    for due in pacer.due():
        page[due.side] += due.text
    assert page == ["Whole sentences at a time. " * 35, "One word after another comes from here." * 5]


def test_a_failure_is_told_at_once():
    pacer = started(a="much", b="")
    pacer.hear([Entry(0, "failed", 1)])
    assert (0, "failed", "") in shown(pacer)


def test_each_at_its_own_pace():
    assert shown(started("own", a="much faster", b="s")) == [(0, "delta", "much faster"), (1, "delta", "s")]


def test_both_at_once_shows_nothing_of_either_before_the_end():
    pacer = started("complete", a="much", b="s")
    pacer.hear([Entry(0, "stored", 1)])
    assert shown(pacer) == []
    pacer.hear([Entry(1, "failed", 1)])
    assert shown(pacer) == [(1, "failed", "")]


def test_a_new_attempt_empties_what_was_shown():
    pacer = started(a="lost", b="kept")
    shown(pacer)
    pacer.hear(entries(0, "found again", attempt=2))
    assert shown(pacer) == [(0, "reset", ""), (0, "delta", "foun")]


def test_an_attempt_told_again_is_not_shown_twice():
    pacer = started("own", a="once")
    shown(pacer)
    pacer.hear(entries(0, "once and on"))
    assert shown(pacer) == [(0, "delta", " and on")]
    pacer.hear(entries(0, "otherwise"))
    assert shown(pacer) == [(0, "reset", ""), (0, "delta", "otherwise")]


def test_an_older_attempt_is_not_heard():
    pacer = Pacer("own", NOTHING)
    pacer.hear([*entries(0, "new", attempt=2), Entry(0, "delta", 1, "zombie"), Entry(0, "failed", 1)])
    assert shown(pacer) == [(0, "delta", "new")]


def test_a_page_that_connects_again_goes_on_where_it_was():
    pacer = started(cursor=Cursor(((1, 2), (1, 4))), a="abcdef", b="uvwxyz")
    assert shown(pacer) == [(0, "delta", "cdef"), (1, "delta", "yz")]


def test_a_page_that_shows_more_than_there_is_begins_anew():
    pacer = started(cursor=Cursor(((1, 99), (1, 0))), a="abc", b="xyz")
    assert shown(pacer) == [(0, "reset", ""), (0, "delta", "abc"), (1, "delta", "xyz")]


def test_the_database_ends_a_side_whose_stream_was_lost():
    pacer = started(b="half of")
    pacer.settle(0, "the whole text")
    assert shown(pacer) == [(0, "delta", "the who"), (1, "delta", "half of")]
    pacer.hear([Entry(0, "delta", 1, "the whole text")])  # it comes late, and is known
    pacer.settle(1, None)
    assert shown(pacer) == [(0, "delta", "le text"), (0, "stored", ""), (1, "failed", "")]


def test_a_page_rendered_now_shows_what_a_stream_would_have():
    sides = [entries(0, "much faster"), entries(1, "slow")]
    assert pace("slower", sides, [None, None]) == (["much", "slow"], Cursor(((1, 4), (1, 4))))
    assert pace("complete", sides, ["much faster", None])[0] == ["", ""]
    assert pace("slower", sides, ["much faster!", None])[0] == ["much", "slow"]


@pytest.mark.parametrize("rubbish", ["", "x", "1:1", "1:1.2:2.3:3", "1:1.$", "1:1.-1:0", "1:1.1:9999999999", "1:١.1:1"])
def test_a_cursor_that_is_none_has_shown_nothing(rubbish):
    assert Cursor.parse(rubbish) == NOTHING
    assert str(Cursor.parse("1:20.3:4")) == "1:20.3:4"


@pytest.mark.parametrize("seed", range(50))
def test_however_it_arrives_and_is_cut_off_the_page_ends_with_both_texts_and_never_shows_a_lead(seed):
    rng = random.Random(seed)
    texts = ["".join(rng.choices("ab c\n", k=rng.randrange(200))) for _ in range(2)]
    left, history, page, cursor = list(texts), [], ["", ""], NOTHING
    pacer = Pacer("slower", cursor)
    ended = [False, False]
    while not all(ended):
        side = rng.choice([number for number in range(2) if not ended[number]])
        size = rng.randrange(1, 20)
        piece, left[side] = left[side][:size], left[side][size:]
        batch = [Entry(side, "delta", 1, piece)] if piece else [Entry(side, "stored", 1)]
        ended[side] = not piece
        history += batch
        if rng.random() < 0.2:  # the connection breaks, and the browser connects again
            pacer, batch = Pacer("slower", Cursor.parse(str(cursor))), history
        pacer.hear(batch)
        for piece_ in pacer.due():
            assert piece_.kind != "reset"
            page[piece_.side] += piece_.text
            cursor = piece_.cursor
        heard = ["".join(e.text for e in history if e.side == number) for number in range(2)]
        for number in range(2):
            assert ended[1 - number] or len(page[number]) <= len(heard[1 - number])
    assert page == texts
