"""Models made of rows that were read without the ORM."""

from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)


def made(model: type[M], values: dict[str, Any]) -> M:
    """As Django would have made it; columns that are missing are read when somebody asks for them.

    A model's own `__init__` is passed by, which took half of the time of reading a pair; it would set the same.
    """
    one = model.__new__(model)
    one._state = ModelState()
    one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS
    one.__dict__.update(values)
    return one


def join(one: Model, **related: Model) -> None:
    """What foreign keys of `one` lead to, which was read with it: a setter would look at both keys again."""
    one._state.fields_cache.update(related)
