from django.urls import path

from labeling.quality import bearing_views, views

urlpatterns = [
    path("projects/<slug:slug>/quality/", views.quality, name="quality"),
    path("projects/<slug:slug>/quality/people/", views.people, name="quality_people"),
    path("projects/<slug:slug>/quality/people/<int:pk>/", views.person, name="quality_person"),
    path("projects/<slug:slug>/quality/pairs/", views.pairs, name="quality_pairs"),
    path("projects/<slug:slug>/quality/compute/", views.compute, name="quality_compute"),
    path("projects/<slug:slug>/quality/model/", bearing_views.quality_model, name="quality_model"),
]
