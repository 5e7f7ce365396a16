"""What the encoder is asked to read, and what it may report: everything once, in the background, nothing by forgery."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection

from labeling.comparisons.models import Comparison
from labeling.datasets import making
from labeling.datasets.models import Snapshot
from labeling.dialogues.receipts import Refused, Unusable
from labeling.projects.models import Axis, Project
from labeling.rewards import encoded, encoding
from labeling.rewards.models import Encoder, Encoding, Run
from labeling.stack import addresses
from tests.datasets.drawing import wanted
from tests.datasets.test_holding_out import close
from tests.people import ask, make_project
from tests.quality.judging import compared, judged
from tests.rewards.reading import ENCODER

ARTIFACT = "a" * 64

pytestmark = pytest.mark.usefixtures("reader", "queue")


class Queue:
    """The queue `encode`, as a worker reads it."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def request(self) -> dict[str, Any] | None:
        try:
            message = self._queue.get(block=False)
        except self._queue.Empty:
            return None
        message.ack()
        _, fields, _ = message.payload
        request: dict[str, Any] = fields["request"]
        return request


@pytest.fixture
def reader(own_stream) -> None:
    own_stream.set(encoding.READER, "1")


@pytest.fixture
def queue() -> Iterator[Queue]:
    with Connection(addresses().broker) as connection, connection.SimpleQueue(encoding.QUEUE) as simple:
        simple.clear()
        yield Queue(simple)
        simple.clear()


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,), gates=[])


@pytest.fixture
def pairs(alice, project) -> list[Comparison]:
    """Judged, for nobody gets many at once."""
    made = []
    for number in range(3):
        made.append(compared(alice, project, (f"One {number}.", f"Two {number}.")))
        judged(made[-1], alice, 2, kind="author")
    return made


def named(request: dict[str, Any] | None) -> set[str]:
    assert request is not None
    return {pair["comparison"] for pair in request["pairs"]}


def report(request: dict[str, Any], **changes: Any) -> None:
    """What a worker says that has read all of it."""
    comparisons = [pair["comparison"] for pair in request["pairs"]]
    result = {"encoder": ENCODER, "artifact": ARTIFACT, "rows": comparisons, "refused": {}, "seconds": 1.5}
    encoded.encoded(**{"comparisons": comparisons, "receipt": request["receipt"], **result, **changes})


def asked(queue: Queue) -> dict[str, Any]:
    assert encoding.send_next()
    request = queue.request()
    assert request is not None
    return request


def test_every_pair_that_is_complete_is_read_with_its_dialogue(alice, project, pairs, queue):
    ask(alice, project, "Still without responses?")
    request = asked(queue)
    assert named(request) == {str(pair.pk) for pair in pairs}
    one = next(pair for pair in request["pairs"] if pair["comparison"] == str(pairs[0].pk))
    assert one["context"] == pairs[0].context
    assert (one["first"], one["second"]) == (pairs[0].first.text, pairs[0].second.text)


def test_one_request_is_under_way_at_a_time(pairs, queue, own_stream):
    assert encoding.send_next()
    assert not encoding.send_next()
    own_stream.delete(encoding.UNDER_WAY)  # as it does by itself where a request was lost
    assert encoding.send_next()
    assert named(queue.request()) == named(queue.request())


def test_without_a_worker_that_reads_nothing_is_asked(pairs, queue, own_stream):
    own_stream.delete(encoding.READER)
    assert not encoding.send_next()
    assert queue.request() is None


def test_where_nothing_is_lacking_nothing_is_asked(project, queue, own_stream):
    assert not encoding.send_next()
    assert queue.request() is None
    assert not own_stream.exists(encoding.UNDER_WAY)


def test_what_was_read_is_kept_and_not_asked_again(alice, project, pairs, queue):
    request = asked(queue)
    report(request)
    assert Encoder.objects.get().sha256 == ENCODER
    rows = {str(one.comparison_id): one.row for one in Encoding.objects.all()}
    assert rows == {pair["comparison"]: row for row, pair in enumerate(request["pairs"])}
    assert sum(one.seconds for one in Encoding.objects.all()) == pytest.approx(1.5)
    assert queue.request() is None
    new = compared(alice, project)
    assert named(asked(queue)) == {str(new.pk)}


def test_what_comes_back_brings_the_next(pairs, queue, monkeypatch):
    monkeypatch.setattr(encoding, "AT_ONCE", 2)
    first = asked(queue)
    report(first)
    second = queue.request()
    assert named(first) | named(second) == {str(pair.pk) for pair in pairs}
    assert len(named(second)) == 1


def test_what_cannot_be_read_is_noted_and_not_asked_again(pairs, queue):
    request = asked(queue)
    comparisons = [pair["comparison"] for pair in request["pairs"]]
    report(request, rows=comparisons[1:], refused={comparisons[0]: "Its template refused it.\0"})
    refused = Encoding.objects.get(row=None)
    assert (str(refused.comparison_id), refused.artifact) == (comparisons[0], "")
    assert refused.refused == "Its template refused it.\ufffd"
    assert not encoding.send_next()


def test_a_receipt_that_comes_twice_is_kept_once(pairs, queue):
    request = asked(queue)
    report(request)
    report(request, artifact="b" * 64)
    assert set(Encoding.objects.values_list("artifact", flat=True)) == {ARTIFACT}
    assert Encoding.objects.count() == 3


def test_another_encoder_reads_everything_anew(pairs, queue):
    report(asked(queue))
    Encoder.objects.create(sha256="f" * 64)
    again = asked(queue)
    assert named(again) == {str(pair.pk) for pair in pairs}
    report(again, encoder="f" * 64)
    assert Encoding.objects.count() == 6


def test_a_worker_that_could_not_is_asked_again_after_a_pause(pairs, queue, own_stream):
    request = asked(queue)
    comparisons = [pair["comparison"] for pair in request["pairs"]]
    encoded.not_encoded(comparisons=comparisons, receipt=request["receipt"], detail="The disk is full.")
    assert not encoding.send_next()
    assert 0 < own_stream.ttl(encoding.UNDER_WAY) <= encoding.PATIENCE


def test_a_closed_round_is_read_only_for_a_model_that_waits_for_it(alice, project, pairs, queue):
    close(project)
    assert not encoding.send_next()
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    making.make(snapshot)
    assert encoding.how_many(snapshot) == (0, 3)
    Run.objects.ask(project, kind=Run.Kind.QUICK, axis=Axis.HELPFULNESS, snapshot=snapshot, wanted={})
    report(asked(queue))
    assert encoding.how_many(snapshot) == (3, 3)


def test_a_pair_that_was_retired_is_not_read(pairs, queue):
    pairs[0].retire()
    assert named(asked(queue)) == {str(pair.pk) for pair in pairs[1:]}


@pytest.mark.parametrize("task", [encoded.encoded, encoded.not_encoded])
def test_a_forged_receipt_is_refused(pairs, queue, task):
    request = asked(queue)
    comparisons = [pair["comparison"] for pair in request["pairs"]]
    for forged in (comparisons[:2], [*comparisons, str(uuid4())], []):
        with pytest.raises(Refused, match="wrong signature"):
            task(comparisons=forged, receipt=request["receipt"], detail="")
    assert not Encoding.objects.exists()


@pytest.mark.parametrize(
    "rubbish",
    [
        {"rows": [str(uuid4())]},
        {"rows": None},
        {"encoder": "the best"},
        {"artifact": "../../etc/passwd"},
        {"refused": ["why"]},
        {"seconds": "long"},
    ],
)
def test_a_result_that_makes_no_sense_is_not_kept(pairs, queue, rubbish):
    with pytest.raises(Unusable):
        report(asked(queue), **rubbish)
    assert not Encoding.objects.exists()


def test_a_comparison_that_is_told_of_twice_is_not_kept(pairs, queue):
    request = asked(queue)
    comparisons = [pair["comparison"] for pair in request["pairs"]]
    with pytest.raises(Unusable):
        report(request, rows=[comparisons[0], *comparisons])
    with pytest.raises(Unusable):
        report(request, refused={comparisons[0]: "or not"})
