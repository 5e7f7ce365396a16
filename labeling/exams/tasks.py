"""Periodic work of the exams slice."""

from labeling.celery import app
from labeling.exams.models import Attempt


@app.task(name="labeling.settle_exams", shared=False)
def settle_exams() -> None:
    """Whoever does not come back is handed in as well, so that graders and results do not wait for them."""
    for attempt in Attempt.objects.overdue():
        attempt.settle()
