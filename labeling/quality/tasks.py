"""Periodic work of the quality slice."""

from labeling.celery import app
from labeling.quality import computing, known, planning


@app.task(name="labeling.compute_quality", shared=False)
def compute_quality() -> None:
    computing.compute_due()


@app.task(name="labeling.note_judgements", shared=False)
def note_judgements() -> None:
    computing.note_new()


@app.task(name="labeling.plan_known_pairs", shared=False)
def plan_known_pairs() -> None:
    planning.plan()


@app.task(name="labeling.look_at_known_answers", shared=False)
def look_at_known_answers() -> None:
    known.look()
