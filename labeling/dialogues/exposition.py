"""The runtime page's reading as Prometheus takes it. https://prometheus.io/docs/practices/naming/

Everything is made anew for each scrape, so that a worker or a model version that is gone leaves nothing behind.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from labeling.dialogues.runtime import Overview, Version
from labeling.dialogues.workers import Worker

__all__ = ["CONTENT_TYPE", "exposition"]

Row = tuple[Iterable[str], float | None]


def exposition(now: Overview) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Reading(now))
    return generate_latest(registry)


class Reading(Collector):
    def __init__(self, now: Overview) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from of_the_whole(self.now)
        yield from of_workers(self.now.workers or [])
        yield from of_versions(self.now.versions)


def gauge(name: str, says: str, labels: Iterable[str], rows: Iterable[Row]) -> GaugeMetricFamily:
    """What is not known is left out: a nought would be a lie."""
    family = GaugeMetricFamily(name, says, labels=list(labels))
    for values, value in rows:
        if value is not None:
            family.add_metric(list(values), value)
    return family


def of_the_whole(now: Overview) -> Iterator[Metric]:
    up = [(("stream",), now.workers is not None), (("broker",), now.queues is not None)]
    yield gauge("tandem_up", "Whether a server answers.", ["server"], up)
    yield gauge(
        "tandem_queue_messages",
        "Messages that wait in a queue; the source is empty for a general one.",
        ["queue", "kind", "source"],
        [((queue.name, queue.kind, queue.source), queue.depth) for queue in now.queues or ()],
    )
    unfinished = [(("queued",), now.waiting.queued), (("running",), now.waiting.running)]
    yield gauge("tandem_unfinished_completions", "Completions that have not ended.", ["state"], unfinished)
    age = now.longest_wait or 0.0
    yield gauge("tandem_oldest_queued_seconds", "How long the oldest queued completion has waited.", [], [((), age)])
    yield gauge(
        "tandem_unserved_model_versions",
        "Model versions in open rounds that no worker serves.",
        [],
        [((), len(now.unserved) if now.workers is not None else None)],
    )


def of_workers(workers: list[Worker]) -> Iterator[Metric]:
    def each(name: str, says: str, value: Callable[[Worker], float | None]) -> Metric:
        return gauge(f"tandem_worker_{name}", says, ["worker"], [((worker.name,), value(worker)) for worker in workers])

    yield gauge("tandem_workers", "Generation workers that have announced themselves.", [], [((), len(workers))])
    yield each("threads", "Requests that a worker takes at once.", lambda worker: worker.concurrency)
    yield each("seen_seconds", "Since a worker last announced itself.", lambda worker: worker.seen)
    yield each("tokens_per_second", "Tokens written over the last minute.", lambda worker: worker.tokens_per_second)
    running: list[Row] = []
    waits: list[Row] = []
    for worker in workers:
        running += [((worker.name, "live"), worker.running_live), ((worker.name, "stock"), worker.running_stock)]
        waits += [((worker.name, "0.5"), worker.first_token_p50), ((worker.name, "0.95"), worker.first_token_p95)]
    yield gauge("tandem_worker_running_requests", "Requests under way.", ["worker", "kind"], running)
    yield gauge(
        "tandem_worker_first_token_seconds",
        "From a worker's taking a live request to its first token, over the last minute.",
        ["worker", "quantile"],
        waits,
    )


def of_versions(versions: list[Version]) -> Iterator[Metric]:
    """Responses given up are no counter, for they may be asked again and succeed."""
    by_version = ["model_version"]
    done = CounterMetricFamily("tandem_completions_done", "Responses that were finished.", labels=by_version)
    redrawn = CounterMetricFamily("tandem_completions_redrawn", "Responses set aside.", labels=by_version)
    failed: list[Row] = []
    speed: list[Row] = []
    waits: list[Row] = []
    for row in versions:
        name, total, hour = row.version.name, row.total, row.hour
        if total is not None:
            done.add_metric([name], total.done)
            redrawn.add_metric([name], total.redrawn)
            failed.append(((name,), total.failed))
        speed.append(((name,), hour.tokens_per_second))
        waits += [((name, "0.5"), hour.first_token_p50), ((name, "0.95"), hour.first_token_p95)]
    yield done
    yield redrawn
    yield gauge("tandem_completions_failed", "Responses given up and not asked again since.", by_version, failed)
    yield gauge(
        "tandem_completion_tokens_per_second",
        "Tokens of a response by the seconds it took, over the last hour.",
        by_version,
        speed,
    )
    yield gauge(
        "tandem_completion_first_token_seconds",
        "From a worker's taking a request to its first token, over the last hour.",
        [*by_version, "quantile"],
        waits,
    )
