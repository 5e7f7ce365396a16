from django.urls import path

from labeling.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("projects/<slug:slug>/history/", views.history, name="history"),
]
