from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "labeling.home"
