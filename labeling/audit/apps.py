from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "labeling.audit"

    def ready(self) -> None:
        from labeling.audit.acting import note_joining
        from labeling.audit.downloads import record
        from labeling.audit.triggers import watch
        from labeling.cohorts.signals import joins
        from labeling.datasets.signals import fetched

        post_migrate.connect(watch, sender=self, dispatch_uid="audit.watch")
        fetched.connect(record, dispatch_uid="audit.downloads")
        joins.connect(note_joining, dispatch_uid="audit.joining")
