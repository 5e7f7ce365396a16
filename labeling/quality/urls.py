from django.urls import path

from labeling.quality import views

urlpatterns = [
    path("projects/<slug:slug>/quality/", views.quality, name="quality"),
    path("projects/<slug:slug>/quality/compute/", views.compute, name="quality_compute"),
]
