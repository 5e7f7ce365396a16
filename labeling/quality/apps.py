from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "labeling.quality"

    def ready(self) -> None:
        from labeling.cohorts.signals import withdrew
        from labeling.quality.adjudicating import withdraw

        withdrew.connect(withdraw, dispatch_uid="quality.withdraw")
