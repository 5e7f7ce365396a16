"""Addresses of accounts that were made before all were kept in small letters."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps

from labeling.cohorts.models import Person

migration = import_module("labeling.cohorts.migrations.0010_addresses_in_small_letters")


def kept(person: Person, email: str) -> None:
    Person.objects.filter(pk=person.pk).update(email=email)


def test_they_are_kept_in_small_letters_afterwards(alice, bob):
    kept(alice, "Alice@Example.ORG")
    EmailAddress.objects.create(user=alice, email="Alice@Example.ORG", verified=True)
    migration.lower(apps, None)
    assert set(Person.objects.values_list("email", flat=True)) == {"alice@example.org", "bob@example.org"}
    assert EmailAddress.objects.get().email == "alice@example.org"


def test_two_that_would_be_one_are_named_and_nothing_is_changed(alice, bob):
    kept(bob, "Alice@example.org ")
    with pytest.raises(migration.SameAddress, match=r"Alice@example\.org , alice@example\.org"):
        migration.lower(apps, None)
    assert set(Person.objects.values_list("email", flat=True)) == {"alice@example.org", "Alice@example.org "}
