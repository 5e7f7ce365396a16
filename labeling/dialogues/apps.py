from django.apps import AppConfig


class DialoguesConfig(AppConfig):
    name = "labeling.dialogues"

    def ready(self) -> None:
        from labeling.dialogues.generation import cancel_round
        from labeling.dialogues.models import Trial, Turn
        from labeling.dialogues.trials import check_new
        from labeling.projects.signals import checks_asked, model_version_added, uses_asked, work_over

        work_over.connect(cancel_round, dispatch_uid="dialogues.cancel_round")
        model_version_added.connect(check_new, dispatch_uid="dialogues.check_new")
        checks_asked.connect(Trial.checks_of, dispatch_uid="dialogues.checks_of")
        uses_asked.connect(Turn.uses_of, dispatch_uid="dialogues.uses_of")
