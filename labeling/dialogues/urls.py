from django.urls import path

from labeling.dialogues import views

# Under /streams/ alone: `labeling.asgi` serves that prefix on the event loop.
urlpatterns = [path("streams/turns/<uuid:pk>/", views.stream, name="turn_stream")]
