"""Periodic work of the comparisons slice."""

from labeling.celery import app
from labeling.comparisons import abandoned, leases, stock
from labeling.comparisons.models import Draft


@app.task(name="labeling.refill_stock", shared=False)
def refill_stock() -> None:
    stock.refill()


@app.task(name="labeling.close_abandoned", shared=False)
def close_abandoned() -> None:
    abandoned.close()


@app.task(name="labeling.take_back_lapsed", shared=False)
def take_back_lapsed() -> None:
    leases.take_back_lapsed()


@app.task(name="labeling.forget_drafts", shared=False)
def forget_drafts() -> None:
    Draft.objects.old().delete()
