"""Background work of the rewards slice."""

from labeling.celery import app
from labeling.rewards import encoding


@app.task(name="labeling.encode_waiting", shared=False)
def encode_waiting() -> None:
    encoding.send_next()
