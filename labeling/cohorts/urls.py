from allauth.account.views import login, logout, password_change, password_set
from django.urls import path

from labeling.cohorts import views

# Of django-allauth's pages, those that work without a mail server; nobody signs up uninvited.
urlpatterns = [
    path("accounts/login/", login, name="account_login"),
    path("accounts/logout/", logout, name="account_logout"),
    path("accounts/session/", views.session, name="session"),
    path("accounts/password/set/", password_set, name="account_set_password"),
    path("accounts/password/change/", password_change, name="account_change_password"),
    path("sign-in/<str:token>/", views.sign_in, name="sign_in_link"),
]
