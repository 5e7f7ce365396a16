from django.urls import path

from labeling.rewards import comparing_views, new_views, opinion_views, pairs_views, rounds_views, views

RUN = "projects/<slug:slug>/rewards/<int:number>/"

urlpatterns = [
    path("projects/<slug:slug>/rewards/", views.index, name="runs"),
    path("projects/<slug:slug>/rewards/new/", new_views.new, name="run_new"),
    path("projects/<slug:slug>/rewards/rounds/", rounds_views.rounds, name="run_rounds"),
    path(RUN, views.show, name="run"),
    path(f"{RUN}progress/", views.progress, name="run_progress"),
    path(f"{RUN}cancel/", views.cancel, name="run_cancel"),
    path(f"{RUN}again/", views.again, name="run_again"),
    path(f"{RUN}report.json", views.report, name="run_report"),
    path(f"{RUN}pairs/", pairs_views.pairs, name="run_pairs"),
    path(f"{RUN}responses/", opinion_views.new, name="run_responses"),
    path(f"{RUN}responses/<uuid:opinion>/", opinion_views.show, name="run_opinion"),
    path(f"{RUN}against/<int:other>/", comparing_views.compare, name="run_comparison"),
]
