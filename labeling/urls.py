from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one way in, with its limits

urlpatterns = [
    path("", include("labeling.comparisons.urls")),  # tried in turn, and most requests are for these
    path("", include("labeling.home.urls")),
    path("", include("labeling.cohorts.urls")),
    path("", include("labeling.projects.urls")),
    path("", include("labeling.exams.urls")),
    path("", include("labeling.dialogues.urls")),
    path("", include("labeling.quality.urls")),
    path("", include("labeling.datasets.imports.urls")),
    path("", include("labeling.datasets.urls")),
    path("", include("labeling.rewards.urls")),
    path("", include("labeling.audit.urls")),
    path("admin/", admin.site.urls),
]
