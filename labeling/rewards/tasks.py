"""Background work of the rewards slice."""

from labeling.celery import app
from labeling.rewards import closed_rounds, encoding, overviews, quick, recovery


@app.task(name="labeling.encode_waiting", shared=False)
def encode_waiting() -> None:
    encoding.send_next()


@app.task(name="labeling.sweep_runs", shared=False)
def sweep_runs() -> None:
    recovery.sweep()


@app.task(name="labeling.fit_quick_models", shared=False)
def fit_quick_models() -> None:
    closed_rounds.ask()
    quick.make_due()


@app.task(name="labeling.count_rounds", shared=False)
def count_rounds() -> None:
    overviews.count_due()
