from django.urls import path

from labeling.comparisons import views

urlpatterns = [
    path("projects/<slug:slug>/work/", views.workbench, name="workbench"),
    path("projects/<slug:slug>/acknowledgements/", views.acknowledge, name="acknowledge"),
    path("projects/<slug:slug>/prompts/", views.ask, name="ask"),
    path("assignments/<uuid:pk>/judgements/", views.judge, name="judge"),
    path("turns/<uuid:pk>/pair/", views.pair, name="pair"),
    path("completions/<uuid:pk>/retries/", views.retry, name="retry"),
    path("dialogues/<uuid:pk>/end/", views.end_dialogue, name="end_dialogue"),
]
