from django.urls import path

from labeling.datasets import download_views, erasing_views, push_views, views

urlpatterns = [
    path("projects/<slug:slug>/data/", views.index, name="snapshots"),
    path("projects/<slug:slug>/data/new/", views.new, name="snapshot_new"),
    path("projects/<slug:slug>/data/withdrawn/", erasing_views.withdrawals, name="snapshot_withdrawals"),
    path("projects/<slug:slug>/data/<int:number>/use/", erasing_views.use, name="snapshot_use"),
    path("projects/<slug:slug>/data/<int:number>/erase/", erasing_views.erase, name="snapshot_erase"),
    path(
        "projects/<slug:slug>/data/<int:number>/to/<int:other>/", erasing_views.difference, name="snapshot_difference"
    ),
    path("projects/<slug:slug>/data/<int:number>/", views.show, name="snapshot"),
    path("projects/<slug:slug>/data/<int:number>/progress/", views.progress, name="snapshot_progress"),
    path("projects/<slug:slug>/data/<int:number>/cancel/", views.cancel, name="snapshot_cancel"),
    path("projects/<slug:slug>/data/<int:number>/again/", views.again, name="snapshot_again"),
    path("projects/<slug:slug>/data/<int:number>/push/", push_views.push, name="snapshot_push"),
    path("projects/<slug:slug>/data/<int:number>/push/cancel/", push_views.cancel, name="snapshot_push_cancel"),
    # Under /streams/ alone: `labeling.asgi` serves that prefix on the event loop.
    path("streams/projects/<slug:slug>/data/<int:number>/<path:path>", download_views.file, name="snapshot_file"),
]
