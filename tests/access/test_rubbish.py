"""Whatever is sent to whichever URL: it is refused or done, and nothing breaks."""

import pytest

from tests.access.conftest import FORM
from tests.access.fields import FLAGS, IN_ADDRESSES, VALUES, encoded, names
from tests.access.table import NOBODY, RULES, one_of

UNSAFE = sorted(name for name, rule in RULES.items() if "POST" in rule.methods and rule.posts != NOBODY)
READ = sorted(name for name, rule in RULES.items() if "GET" in rule.methods and rule.who != NOBODY)
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\0.csv"\r\n\r\n\xff\0\r\n--x--\r\n'
# Bodies that are none of the kind that they say they are.
BROKEN = [
    (b"", FORM),
    (b'{"text": null', "application/json"),
    (b"no boundary", "multipart/form-data"),
    (FILE, "multipart/form-data; boundary=x"),
    (b"text=a", f"{FORM}; charset=nonsense"),
]


@pytest.mark.parametrize("name", UNSAFE)
def test_no_body_breaks_a_page(world, name):
    path, who, sent = world.address(name), one_of(RULES[name].posts), names()
    plain = [one for one in sent if one not in FLAGS]
    bodies = [(encoded(value, plain), FORM) for value in VALUES.values()]
    for body, kind in [*BROKEN, *bodies, (encoded("x", sent), FORM)]:
        assert world.ask(who, "POST", path, body, content_type=kind).status < 500, (kind, body[:80])


@pytest.mark.parametrize("name", sorted(set(READ) - {"healthz"}))  # which says that what is not there is away
def test_no_query_breaks_a_page(world, name):
    path, who, sent = world.address(name), one_of(RULES[name].who), names()
    for called in IN_ADDRESSES:
        query = encoded(VALUES[called], sent).decode()
        assert world.ask(who, "GET", f"{path}?{query}").status < 500, called
