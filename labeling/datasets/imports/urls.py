from django.urls import path

from labeling.datasets.imports import views

urlpatterns = [
    path("prompts/<int:pk>/import/", views.into_set, name="prompts_import"),
    path("projects/<slug:slug>/imports/", views.of_project, name="imports"),
    path("imports/<uuid:pk>/", views.show, name="import"),
    path("imports/<uuid:pk>/part/", views.part, name="import_part"),
    path("imports/<uuid:pk>/columns/", views.columns, name="import_columns"),
    path("imports/<uuid:pk>/store/", views.store, name="import_store"),
    path("imports/<uuid:pk>/cancel/", views.cancel, name="import_cancel"),
]
