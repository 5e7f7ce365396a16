from django.urls import path

from labeling.quality import adjudication_views, behind_views, gold_views, review_views, views

urlpatterns = [
    path("projects/<slug:slug>/quality/", views.quality, name="quality"),
    path("projects/<slug:slug>/quality/people/", views.people, name="quality_people"),
    path("projects/<slug:slug>/quality/people/<int:pk>/", views.person, name="quality_person"),
    path("projects/<slug:slug>/quality/behind/<slug:figure>/", behind_views.behind, name="quality_behind"),
    path("projects/<slug:slug>/quality/pairs/", views.pairs, name="quality_pairs"),
    path("projects/<slug:slug>/quality/compute/", views.compute, name="quality_compute"),
    path("projects/<slug:slug>/quality/model/", views.model, name="quality_model"),
    path("projects/<slug:slug>/review/", review_views.review, name="review"),
    path("projects/<slug:slug>/review/<int:pk>/", review_views.decide, name="review_decide"),
    path("projects/<slug:slug>/review/undo/<int:pk>/", review_views.undo, name="review_undo"),
    path("projects/<slug:slug>/feedback/", review_views.came_back, name="feedback"),
    path("projects/<slug:slug>/adjudication/", adjudication_views.adjudication, name="adjudication"),
    path(
        "projects/<slug:slug>/adjudication/<uuid:comparison>/<str:axis>/",
        adjudication_views.decide,
        name="adjudicate",
    ),
    path("projects/<slug:slug>/adjudication/undo/<uuid:pk>/", adjudication_views.undo, name="adjudication_undo"),
    path("projects/<slug:slug>/quality/known/", gold_views.index, name="gold"),
    path("projects/<slug:slug>/quality/known/of/<uuid:pk>/", gold_views.new, name="gold_new"),
    path("projects/<slug:slug>/quality/known/<int:pk>/", gold_views.show, name="gold_answer"),
]
