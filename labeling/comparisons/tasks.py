"""Periodic work of the comparisons slice."""

from labeling.celery import app
from labeling.comparisons import stock


@app.task(name="labeling.refill_stock", shared=False)
def refill_stock() -> None:
    stock.refill()
