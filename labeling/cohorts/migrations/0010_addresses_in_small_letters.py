"""Addresses that were kept as they were typed: they are looked for in small letters."""

from collections import defaultdict
from typing import Any

from django.db import migrations


class SameAddress(Exception):
    """Two accounts would have one address."""


def lower(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("cohorts", "Person").objects
    found = defaultdict(list)
    for key, email in people.values_list("pk", "email"):
        found[email.strip().lower()].append((key, email))
    if same := [email for rows in found.values() if len(rows) > 1 for _key, email in rows]:
        raise SameAddress(
            f"These addresses differ in capitals or spaces alone: {', '.join(sorted(same))}. Nothing was changed. Give "
            "all but one of them another address, in /admin/ of the version before, and migrate again."
        )
    for address, [(key, email)] in found.items():
        if email != address:
            people.filter(pk=key).update(email=address)
    for row in apps.get_model("account", "EmailAddress").objects.all():
        if row.email != row.email.strip().lower():
            row.email = row.email.strip().lower()
            row.save(update_fields=["email"])


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0009_sealed_two_factor"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
