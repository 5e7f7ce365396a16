from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("labeling.home.urls")),
    path("", include("labeling.cohorts.urls")),
    path("", include("labeling.projects.urls")),
    path("", include("labeling.dialogues.urls")),
    path("", include("labeling.comparisons.urls")),
    path("admin/", admin.site.urls),
]
