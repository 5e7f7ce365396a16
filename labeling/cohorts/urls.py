from allauth.account import views as account
from allauth.account.views import LoginView, logout, password_change, password_set, reauthenticate
from allauth.mfa.base import views as two_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path, register_converter
from django.views.generic import RedirectView

from labeling.cohorts import address_views, oidc, views
from labeling.cohorts.mailing import sends_mail, with_mail

login = LoginView.as_view(extra_context={"sends_mail": sends_mail, "provider": oidc.provider_name})
register_converter(oidc.TheProvider, "the_provider")

# Of django-allauth's pages, those for people who were let in; nobody signs up uninvited.
urlpatterns = [
    path("accounts/login/", login, name="account_login"),
    path("accounts/logout/", logout, name="account_logout"),
    path("accounts/session/", views.session, name="session"),
    path("accounts/password/set/", password_set, name="account_set_password"),
    path("accounts/password/change/", password_change, name="account_change_password"),
    path("accounts/password/reset/", with_mail(account.password_reset), name="account_reset_password"),
    path("accounts/password/reset/sent/", with_mail(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/(?P<uidb36>[0-9a-z]+)-(?P<key>[\w-]+)/$",
        with_mail(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/done/",
        with_mail(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("accounts/address/", address_views.another, name="address"),
    path("accounts/address/again/", address_views.again, name="address_again"),
    path("accounts/address/own/<str:key>/", address_views.own, name="address_own"),
    path("accounts/address/<str:token>/", address_views.confirm, name="address_confirm"),
    path("accounts/oidc/<the_provider:provider_id>", oidc.begin, name="openid_connect_login"),
    path("accounts/oidc/callback/<the_provider:provider_id>", oidc.back, name="openid_connect_callback"),
    path("accounts/again/", reauthenticate, name="account_reauthenticate"),
    path("accounts/two-factor/", RedirectView.as_view(pattern_name="profile"), name="mfa_index"),
    path("accounts/two-factor/code/", two_factor.authenticate, name="mfa_authenticate"),
    path("accounts/two-factor/again/", two_factor.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/two-factor/set-up/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/two-factor/take-down/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/recovery-codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("accounts/recovery-codes/file/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("sign-in/<str:token>/", views.sign_in, name="sign_in_link"),
]
