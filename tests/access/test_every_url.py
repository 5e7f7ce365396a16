"""Everybody, at every URL, with every method: who may is answered, and nobody else finds or changes anything."""

import pytest
from django.urls import URLResolver, get_resolver

from tests.access.table import ALL, NOBODY, RULES, STRANGER

SAFE = ("GET", "HEAD")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")


def names(entries) -> set[str]:
    """Of all URLs, but those of Django's admin."""
    found = set()
    for entry in entries:
        if not isinstance(entry, URLResolver):
            found.add(entry.name)
        elif entry.namespace != "admin":
            found |= names(entry.url_patterns)
    return found


def test_every_url_has_a_rule():
    assert names(get_resolver().url_patterns) == set(RULES)


def is_right(rule, method, who, answer) -> bool:
    takes = method in rule.takes
    if who not in (rule.who if method in SAFE else rule.posts):
        return (answer.refuses or (answer.status == 405 and not takes)) and not answer.written
    if takes:
        return answer.leads_on
    return answer.status in (302, 405) and not answer.written  # of django-allauth's pages, some lead elsewhere first


@pytest.mark.parametrize("name", sorted(RULES))
def test_who_may_is_answered_and_nobody_else_finds_or_changes_anything(world, name):
    path, rule = world.address(name), RULES[name]
    answers = {(method, who): world.ask(who, method, path) for method in METHODS for who in ALL}
    wrong = [
        f"{method} by {who}: {one}" for (method, who), one in answers.items() if not is_right(rule, method, who, one)
    ]
    if "HEAD" in rule.takes:
        wrong += [f"HEAD by {who} is not as GET" for who in ALL if answers["HEAD", who] != answers["GET", who]]
    assert not wrong, "\n".join(wrong)


OF_PEOPLE = [name for name, rule in RULES.items() if STRANGER not in rule.who and rule.who != NOBODY]


@pytest.mark.parametrize("name", [name for name in OF_PEOPLE if not name.startswith(("account_", "mfa_", "address"))])
def test_htmx_takes_the_whole_page_to_sign_in(world, name):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/"}
    answer = world.clients[STRANGER].generic(RULES[name].methods[0], world.address(name), headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/accounts/login/?next=%2F")
