from django.urls import path

from labeling.dialogues import runtime_views, trial_views, views

urlpatterns = [
    # Under /streams/ alone: `labeling.asgi` serves that prefix on the event loop.
    path("streams/turns/<uuid:pk>/", views.turn_stream, name="turn_stream"),
    path("streams/trials/<uuid:pk>/", views.trial_stream, name="trial_stream"),
    path("runtime/", runtime_views.runtime, name="runtime"),
    path("metrics", runtime_views.metrics, name="metrics"),
    path("models/<int:pk>/check/", trial_views.check, name="model_version_check"),
    path("models/<int:pk>/remove/", trial_views.remove, name="model_version_remove"),
    path("models/<int:pk>/trials/", trial_views.trials_of, name="trial_new"),
    path("trials/<uuid:pk>/cancel/", trial_views.cancel, name="trial_cancel"),
]
