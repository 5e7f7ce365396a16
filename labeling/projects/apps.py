from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "labeling.projects"

    def ready(self) -> None:
        from labeling.projects import standing_links  # noqa: F401
