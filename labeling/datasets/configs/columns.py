"""How a config says what its columns are: a type's name, [one] for a list of it, {name: type} for an object. Pure.

What Arrow and what a data set's card call it follows from that (arrow.py, card.py), so the two cannot differ.
"""

from typing import Any

Type = Any  # str, or a list of one Type, or a dict of them: mypy cannot follow a type into itself here
Columns = dict[str, Type]

MESSAGES: Type = [{"role": "string", "content": "string"}]
