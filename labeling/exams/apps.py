from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "labeling.exams"

    def ready(self) -> None:
        from labeling.exams.at_work import advise
        from labeling.projects.signals import advice_asked

        advice_asked.connect(advise, dispatch_uid="exams.advise")
