import time
from contextlib import ExitStack

from models_runtime.admission import STOCK_PATIENCE, Admission, Entry


def arrive(door: Admission, stack: ExitStack, *entries: Entry) -> list[bool]:
    """Who is let in when all of them have come, asked in order of arrival."""
    for entry in entries:
        stack.enter_context(door.entering(entry))
    return [door.wait(entry, 0) for entry in entries]


def test_only_what_fits_with_the_others_is_let_in():
    with ExitStack() as stack:
        assert arrive(Admission(10, 16), stack, Entry(4, True), Entry(6, True), Entry(1, True)) == [True, True, False]


def test_there_are_only_so_many_slots():
    with ExitStack() as stack:
        assert arrive(Admission(100, 2), stack, *(Entry(1, True) for _ in range(3))) == [True, True, False]


def test_leaving_makes_room():
    door = Admission(10, 16)
    with ExitStack() as stack:
        with door.entering(first := Entry(10, True)):
            assert door.wait(first, 0)
            second = Entry(10, True)
            assert arrive(door, stack, second) == [False]
        assert door.wait(second, 0)


def test_nobody_overtakes_a_request_that_waits_for_room():
    with ExitStack() as stack:
        entries = [Entry(6, True), Entry(6, True), Entry(1, True)]
        assert arrive(Admission(10, 16), stack, *entries) == [True, False, False]


def test_live_requests_pass_stock_that_waits():
    door = Admission(10, 16)
    with ExitStack() as stack:
        inside, stock, live = Entry(8, False), Entry(4, False), Entry(2, True)
        assert arrive(door, stack, inside) == [True]
        assert arrive(door, stack, stock, live) == [False, True]


def test_live_requests_pass_no_stock_that_has_waited_long():
    door = Admission(10, 16)
    with ExitStack() as stack:
        inside, stock, live = Entry(8, True), Entry(4, False, since=time.monotonic() - STOCK_PATIENCE), Entry(2, True)
        assert arrive(door, stack, inside) == [True]
        assert arrive(door, stack, stock, live) == [False, False]


def test_stock_leaves_a_quarter_of_the_room_to_live_requests():
    door = Admission(12, 16)
    with ExitStack() as stack:
        assert arrive(door, stack, Entry(8, False), Entry(2, False)) == [True, False]
        assert arrive(door, stack, Entry(4, True)) == [True]


def test_stock_that_is_alone_may_take_all_the_room():
    with ExitStack() as stack:
        assert arrive(Admission(12, 16), stack, Entry(12, False)) == [True]


def test_the_second_side_of_a_pair_waits_until_the_first_has_read_the_prompt():
    door = Admission(10, 16)
    with ExitStack() as stack:
        first, second, other = Entry(1, True, "same"), Entry(1, True, "same"), Entry(1, True, "other")
        assert arrive(door, stack, first, second, other) == [True, False, True]
        door.prefilled(first)
        assert door.wait(second, 0)


def test_the_second_side_does_not_wait_for_a_first_that_has_left():
    door = Admission(10, 16)
    with ExitStack() as stack:
        with door.entering(first := Entry(1, True, "same")):
            assert door.wait(first, 0)
            second = Entry(1, True, "same")
            assert arrive(door, stack, second) == [False]
        assert door.wait(second, 0)


def test_who_gives_up_waiting_holds_nobody_up():
    door = Admission(10, 16)
    with ExitStack() as stack:
        inside = Entry(8, True)
        assert arrive(door, stack, inside) == [True]
        with door.entering(large := Entry(9, True)):
            assert not door.wait(large, 0)
            small = Entry(2, True)
            assert arrive(door, stack, small) == [False]
        assert door.wait(small, 0)
