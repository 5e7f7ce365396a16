from django.apps import AppConfig


class ComparisonsConfig(AppConfig):
    name = "labeling.comparisons"

    def ready(self) -> None:
        from labeling.cohorts.signals import left_cohort, withdrew
        from labeling.comparisons.abandoned import close_of
        from labeling.comparisons.done import done_rounds
        from labeling.comparisons.leases import withdraw
        from labeling.comparisons.pairs import mark_ready, replace
        from labeling.dialogues.signals import completion_redrawn, turn_ready
        from labeling.projects.signals import done_asked

        left_cohort.connect(close_of, dispatch_uid="comparisons.close_of")
        withdrew.connect(withdraw, dispatch_uid="comparisons.withdraw")
        done_asked.connect(done_rounds, dispatch_uid="comparisons.done_rounds")
        turn_ready.connect(mark_ready, dispatch_uid="comparisons.mark_ready")
        completion_redrawn.connect(replace, dispatch_uid="comparisons.replace")
