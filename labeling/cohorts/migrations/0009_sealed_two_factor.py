"""What two-factor goes by was kept as it is, for whoever reads the database or a backup of it."""

from collections.abc import Callable
from typing import Any

from django.db import migrations

from labeling.cohorts.sealing import seal, unseal


def changed(change: Callable[[str], str]) -> Callable[[Any, Any], None]:
    def change_all(apps: Any, schema_editor: Any) -> None:
        for row in apps.get_model("mfa", "Authenticator").objects.filter(type__in=("totp", "recovery_codes")):
            for name in ("secret", "seed"):
                if name in row.data:
                    row.data[name] = change(row.data[name])
            if "migrated_codes" in row.data:
                row.data["migrated_codes"] = [change(code) for code in row.data["migrated_codes"]]
            row.save(update_fields=["data"])

    return change_all


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0008_invitations_by_mail"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(changed(seal), changed(unseal))]
