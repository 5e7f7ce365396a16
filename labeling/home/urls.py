from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from labeling.home import views
from labeling.home.health import healthz
from labeling.home.hours import views as hours_views
from labeling.home.people import views as people_views
from labeling.home.profile import profile

urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", profile, name="profile"),
    path("hours/", hours_views.own, name="hours"),
    path("people/", people_views.people, name="people"),
    path("people/hours/", hours_views.everybodys, name="people_hours"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/confirm/", people_views.confirm, name="person_confirm"),
    path("healthz", healthz, name="healthz"),
    # for pages that name no icon
    path("favicon.ico", RedirectView.as_view(url=static("icon.svg"), permanent=True), name="favicon"),
]
