from django.urls import path

from labeling.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/changes.csv", views.audit_file, name="audit_file"),
    path("projects/<slug:slug>/history/", views.history, name="history"),
    path("projects/<slug:slug>/history/changes.csv", views.history_file, name="history_file"),
]
