"""The page's scripts share one global scope: two that declare the same name, and the second does not run at all."""

import re
from collections import Counter
from pathlib import Path

SCRIPTS = sorted((Path(__file__).parent.parent / "static").glob("*.js"))


def test_no_two_scripts_declare_the_same_name():
    declared = (re.findall(r"^(?:const|let|var|class|(?:async )?function) (\w+)", s.read_text(), re.M) for s in SCRIPTS)
    counted = Counter(name for names in declared for name in names)
    assert [name for name, times in counted.items() if times > 1] == []
