from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "labeling.rewards"

    def ready(self) -> None:
        from labeling.cohorts.signals import withdrew
        from labeling.rewards import overviews

        withdrew.connect(overviews.forget, dispatch_uid="rewards.forget")
