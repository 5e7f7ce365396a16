from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from labeling.home import views
from labeling.home.health import healthz
from labeling.home.people import views as people_views
from labeling.home.profile import profile

urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", profile, name="profile"),
    path("people/", people_views.people, name="people"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", RedirectView.as_view(url=static("icon.svg"), permanent=True)),  # for pages that name no icon
]
