"""Django's admin: every page of it, for those who are not staff, and for staff who manage nothing."""

import pytest
from django.contrib import admin
from django.urls import URLPattern, reverse

from tests.access.table import ADMIN, ANNOTATOR, BYSTANDER, MANAGER, NEIGHBOUR, REVIEWER, STAFF, STRANGER

FOR_ALL = {"login", "logout"}  # lead to the one way in and out
FOR_STAFF = {"index", "jsi18n", "password_change", "password_change_done"}
WITH = {"app_list": ["projects"], "view_on_site": [1, 1]}


def pages() -> dict[str, str]:
    """Name: address."""
    found = {}
    for entry in admin.site.urls[0]:
        inner = [entry] if isinstance(entry, URLPattern) else entry.url_patterns
        for one in inner:
            if one.name:
                of_a_row = one.name.endswith(("_change", "_delete", "_history"))
                found[one.name] = [1] if of_a_row and "password" not in one.name else WITH.get(one.name, [])
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(pages().keys() - FOR_ALL))
def test_nobody_but_staff_reaches_the_admin(world, name, method):
    path = reverse(f"admin:{name}", args=pages()[name])
    for who in (STRANGER, ANNOTATOR, BYSTANDER, REVIEWER, NEIGHBOUR, MANAGER):
        answer = world.ask(who, method, path)
        assert answer.status in (302, 403) and not answer.written, who
        assert answer.status == 403 or answer.leads_to.startswith(("/admin/login/", "/accounts/login/")), who
    answer = world.ask(STAFF, method, path)
    refused = answer.status in (403, 404, 405) or answer.leads_to == "/admin/"  # as if there were no such row
    assert (refused or name in FOR_STAFF) and not answer.written


@pytest.mark.parametrize("name", sorted(name for name in pages() if name.endswith("_changelist")))
def test_an_admin_reads_every_list(world, name):
    assert world.ask(ADMIN, "GET", reverse(f"admin:{name}")).status == 200
