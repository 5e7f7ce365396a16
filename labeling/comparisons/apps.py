from django.apps import AppConfig


class ComparisonsConfig(AppConfig):
    name = "labeling.comparisons"

    def ready(self) -> None:
        from labeling.comparisons.authoring import mark_ready
        from labeling.dialogues.signals import turn_ready

        turn_ready.connect(mark_ready, dispatch_uid="comparisons.mark_ready")
