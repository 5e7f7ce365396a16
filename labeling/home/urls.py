from django.urls import path

from labeling.home import views
from labeling.home.health import healthz

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", healthz, name="healthz"),
]
