import random

import pytest

from labeling.dialogues import pacing as module
from labeling.dialogues.pacing import EVERYTHING, STEP, Cursor, Entry, Pacer, allowed_by, pace

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


def test_a_new_attempt_of_one_side_takes_nothing_away_from_the_other():
    pacer = started(a="much faster", b="slow and")
    assert shown(pacer) == [(0, "delta", "much fas"), (1, "delta", "slow and")]
    again = [*entries(1, "slow and"), *entries(1, "an", attempt=2)]
    pacer.hear(again)
    assert shown(pacer) == [(1, "reset", ""), (1, "delta", "an")]
    assert pace("slower", [entries(0, "much faster"), again], [None, None])[0] == ["much fas", "an"]


def test_what_was_shown_beside_a_failure_stays_when_it_is_asked_for_again():
    failed = [*entries(1, "sl"), Entry(1, "failed", 1)]
    sides = [entries(0, "much faster"), [*failed, *entries(1, "", attempt=2)]]
    assert pace("slower", sides, ["much faster", None])[0] == ["much faster", ""]


@pytest.mark.parametrize(("stood", "shows"), [(0, ""), (6, "much f"), (EVERYTHING, "much faster")])
def test_what_was_shown_beside_a_response_that_was_set_aside_stays(stood, shows):
    texts, cursor = pace("slower", [entries(0, "much faster"), []], [None, None], (0, stood))
    assert texts == [shows, ""]
    pacer = Pacer("slower", cursor)
    pacer.hear([*entries(0, "much faster"), *entries(1, "anew")])
    assert all((piece.side, piece.kind) != (0, "reset") for piece in pacer.due())


class World:
    """Two places where responses are written, break off, fail, are asked for again and are replaced; and the page."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.entries: list[list[Entry]] = [[], []]
        self.finals: list[str | None] = [None, None]
        self.had = [0, 0]
        self.most = [0, 0]  # characters that each place has ever had; everything once it had ended
        self.attempt = [1, 1]
        self.open(NOTHING)
        self.page = ["", ""]

    def open(self, cursor: Cursor) -> None:
        """A stream, which tells all that there is from the beginning."""
        self.pacer = Pacer("slower", Cursor.parse(str(cursor)))
        self.cursor = cursor
        self.unheard = [*self.entries[0], *self.entries[1]]

    def render(self) -> None:
        """A page of its own, as after a reload."""
        before = self.page
        self.page, cursor = pace("slower", self.entries, self.finals, self.had)
        self.compare(before)
        self.open(cursor)

    def compare(self, before: list[str]) -> None:
        for number in range(2):
            if number not in self.anew:
                assert self.page[number].startswith(before[number]), "nothing that was shown is taken away"
            assert len(self.page[number]) <= self.most[1 - number], "nobody is ahead of what the other has had"

    def happen(self) -> None:
        number, self.anew = self.rng.randrange(2), set()
        ended = self.entries[number] and self.entries[number][-1].kind in ("stored", "failed")
        choices = ["reload", "reconnect"]
        choices += ["ask again"] if ended and self.finals[number] is None else []
        choices += [] if ended else ["grow"] * 6 + ["finish", "fail", "break off", "stop"]
        choices += ["stop as a pair"] if None not in self.finals else []
        {
            "reload": self.render,
            "reconnect": lambda: self.open(self.cursor),
            "grow": lambda: self.write(number, "delta", "".join(self.rng.choices("abc ", k=self.rng.randrange(1, 30)))),
            "finish": lambda: self.finish(number),
            "fail": lambda: self.end(number, "failed"),
            "break off": lambda: self.again(number),
            "ask again": lambda: (self.again(number), self.render()),
            "stop": lambda: self.replace(number, allowed_by(self.entries[number], self.text(number))),
            "stop as a pair": lambda: self.replace(number, EVERYTHING),
        }[self.rng.choice(choices)]()
        self.show()

    def text(self, number: int) -> str:
        ours = [entry for entry in self.entries[number] if entry.attempt == self.attempt[number]]
        return "".join(entry.text for entry in ours)

    def write(self, number: int, kind: str, text: str = "") -> None:
        entry = Entry(number, kind, self.attempt[number], text)
        self.entries[number].append(entry)
        self.unheard.append(entry)
        self.most[number] = max(self.most[number], len(self.text(number)))

    def finish(self, number: int) -> None:
        self.finals[number] = self.text(number)
        self.end(number, "stored")

    def end(self, number: int, kind: str) -> None:
        self.write(number, kind)
        self.most[number] = EVERYTHING

    def again(self, number: int) -> None:
        self.anew = {number}
        self.attempt[number] += 1
        self.write(number, "reset")

    def replace(self, number: int, allowed: int) -> None:
        """By another response; the page is told to fetch the pair anew before it is told anything else."""
        self.anew = {number}
        self.had[number] = max(self.had[number], allowed)
        self.entries[number], self.finals[number], self.attempt[number] = [], None, 1
        self.render()

    def show(self) -> None:
        before = list(self.page)
        self.pacer.hear(self.unheard)
        self.unheard = []
        for piece in self.pacer.due():
            self.page[piece.side] = "" if piece.kind == "reset" else self.page[piece.side] + piece.text
            self.cursor = piece.cursor
        self.compare(before)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_becomes_of_one_side_nothing_of_the_other_is_taken_away(seed, monkeypatch):
    monkeypatch.setattr(module, "STEP", random.Random(seed).choice([1, 4, STEP]))
    world = World(seed)
    for _ in range(60):
        world.happen()
