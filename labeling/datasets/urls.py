from django.urls import path

from labeling.datasets import views

urlpatterns = [
    path("projects/<slug:slug>/data/", views.index, name="snapshots"),
    path("projects/<slug:slug>/data/new/", views.new, name="snapshot_new"),
    path("projects/<slug:slug>/data/<int:number>/", views.show, name="snapshot"),
    path("projects/<slug:slug>/data/<int:number>/progress/", views.progress, name="snapshot_progress"),
    path("projects/<slug:slug>/data/<int:number>/cancel/", views.cancel, name="snapshot_cancel"),
    path("projects/<slug:slug>/data/<int:number>/again/", views.again, name="snapshot_again"),
]
