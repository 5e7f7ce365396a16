from django.urls import path

from labeling.cohorts import views

urlpatterns = [path("sign-in/<str:token>/", views.sign_in, name="sign_in_link")]
