from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from labeling.home import views
from labeling.home.health import healthz
from labeling.home.profile import profile

urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", profile, name="profile"),
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", RedirectView.as_view(url=static("icon.svg"), permanent=True)),  # for pages that name no icon
]
