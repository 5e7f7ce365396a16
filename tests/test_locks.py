"""PostgreSQL's advisory locks are told apart by numbers: two modules that use the same one wait for each other."""

import re
from collections import Counter
from pathlib import Path

import labeling

NUMBER = re.compile(r"^[A-Z]+ = (0x7A[0-9A-F]{2})\b", re.MULTILINE)


def test_each_lock_has_a_number_of_its_own():
    modules = Path(labeling.__file__).parent.rglob("*.py")
    numbers = Counter(number for module in modules for number in NUMBER.findall(module.read_text()))
    assert len(numbers) > 5
    assert [number for number, times in numbers.items() if times > 1] == []
