from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "labeling.audit"

    def ready(self) -> None:
        from labeling.audit.exports import record
        from labeling.audit.triggers import watch
        from labeling.datasets.signals import exported

        post_migrate.connect(watch, sender=self, dispatch_uid="audit.watch")
        exported.connect(record, dispatch_uid="audit.exports")
