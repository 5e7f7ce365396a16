from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "labeling.datasets"

    def ready(self) -> None:
        from labeling.datasets.holding_out import decide
        from labeling.projects.signals import round_closed

        round_closed.connect(decide, dispatch_uid="datasets.decide")
