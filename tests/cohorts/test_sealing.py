"""Two-factor that was set up before its secrets were sealed."""

from importlib import import_module

from allauth.mfa.models import Authenticator
from django.apps import apps

from labeling.cohorts.sealing import seal, unseal

sealed = import_module("labeling.cohorts.migrations.0009_sealed_two_factor")


def test_migrating_seals_what_was_there_and_going_back_opens_it(alice):
    kept = Authenticator.objects
    kept.create(user=alice, type="totp", data={"secret": "ABCD"})
    kept.create(user=alice, type="recovery_codes", data={"seed": "12ab", "used_mask": 3, "migrated_codes": ["1", "2"]})
    plain = list(kept.order_by("type").values_list("data", flat=True))
    sealed.changed(seal)(apps, None)
    codes, app = kept.order_by("type").values_list("data", flat=True)
    assert (unseal(app["secret"]), unseal(codes["seed"]), codes["used_mask"]) == ("ABCD", "12ab", 3)
    assert [unseal(code) for code in codes["migrated_codes"]] == ["1", "2"]
    assert "ABCD" not in app["secret"]
    sealed.changed(unseal)(apps, None)
    assert list(kept.order_by("type").values_list("data", flat=True)) == plain
