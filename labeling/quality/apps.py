from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "labeling.quality"

    def ready(self) -> None:
        from labeling.cohorts.signals import withdrew
        from labeling.quality import adjudicating, unreviewed

        withdrew.connect(adjudicating.withdraw, dispatch_uid="quality.withdraw")
        withdrew.connect(unreviewed.withdraw, dispatch_uid="quality.unreviewed")
