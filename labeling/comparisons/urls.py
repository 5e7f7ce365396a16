from django.urls import path

from labeling.comparisons import (
    draft_views,
    judgements_views,
    mine_views,
    outcome_views,
    progress_views,
    reading_views,
    report_views,
    views,
)

urlpatterns = [
    path(
        "projects/<slug:slug>/rounds/<int:number>/progress/",
        progress_views.round_progress,
        name="round_progress",
    ),
    path(
        "projects/<slug:slug>/rounds/<int:number>/judgements/",
        judgements_views.judgements,
        name="round_judgements",
    ),
    path("projects/<slug:slug>/reports/", report_views.index, name="reports"),
    path("projects/<slug:slug>/reports/<int:pk>/", report_views.show, name="reported"),
    path("projects/<slug:slug>/reports/mine/", report_views.my_reports, name="my_reports"),
    path("projects/<slug:slug>/work/", views.workbench, name="workbench"),
    path("projects/<slug:slug>/mine/", mine_views.mine, name="mine"),
    path("projects/<slug:slug>/acknowledgements/", views.acknowledge, name="acknowledge"),
    path("projects/<slug:slug>/prompts/", views.ask, name="ask"),
    path("projects/<slug:slug>/stock/", views.take, name="take"),
    path("projects/<slug:slug>/meanwhile/", views.meanwhile, name="meanwhile"),
    path("assignments/<uuid:pk>/judgements/", views.judge, name="judge"),
    path("assignments/<uuid:pk>/cannot/", outcome_views.cannot_judge, name="cannot_judge"),
    path("assignments/<uuid:pk>/pass/", outcome_views.pass_on, name="pass"),
    path("passes/<int:pk>/undo/", outcome_views.undo_pass, name="undo_pass"),
    path("assignments/<uuid:pk>/reports/", report_views.report, name="report"),
    path("reports/<int:pk>/seen/", report_views.answer_seen, name="answer_seen"),
    path("assignments/<uuid:pk>/change/", mine_views.change, name="change"),
    path("drafts/", draft_views.draft, name="draft"),
    path("view/", reading_views.keep_view, name="keep_view"),
    path("turns/<uuid:pk>/language/", mine_views.correct_language, name="correct_language"),
    path("turns/<uuid:pk>/pair/", views.pair, name="pair"),
    path("completions/<uuid:pk>/retries/", views.retry, name="retry"),
    path("dialogues/<uuid:pk>/end/", views.end_dialogue, name="end_dialogue"),
]
