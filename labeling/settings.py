"""Settings of the web side; README.md lists the environment variables that change them."""

import os
import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from labeling import oidc, stack
from labeling.mail import mail_settings
from labeling.store import storage

BASE_DIR = Path(__file__).resolve().parent.parent
TANDEM_HOME = stack.home()
ADDRESSES = stack.addresses()


def secret_key() -> str:
    """SECRET_KEY from the environment, else this installation's own, made once and readable by its owner alone."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    file = TANDEM_HOME / "secret_key"
    if not file.exists():
        TANDEM_HOME.mkdir(parents=True, exist_ok=True)
        draft = TANDEM_HOME / f".secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)  # of two processes at once, the first one's key stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def database(url: str) -> dict[str, Any]:
    """Django's form of a PostgreSQL URL; what Django has no name for goes through to libpq.

    Statements are prepared once a connection: planning each of them anew took four fifths of the database's time.
    """
    info = conninfo_to_dict(url)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {django: str(info.pop(libpq, "") or "") for libpq, django in names.items()}
    return {
        "ENGINE": "labeling.postgresql",
        **known,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5, **info},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = secret_key()
DEBUG = os.environ.get("DEBUG") == "1"
SCRIPTED_MODELS = os.environ.get("SCRIPTED_MODELS", "1" if DEBUG else "0") == "1"  # offer models that are none
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
BASE_URL = os.environ.get("BASE_URL", "").rstrip(
    "/"
)  # in links that are passed on; empty: where the page was asked for
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "template_partials",
    "csp",
    "labeling.cohorts",
    "labeling.projects",
    "labeling.exams",
    "labeling.dialogues",
    "labeling.comparisons",
    "labeling.quality",
    "labeling.datasets",
    "labeling.rewards",
    "labeling.audit",
    "labeling.home",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "labeling.home.policy.OnePolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "labeling.audit.acting.acting_person",
    "labeling.home.two_factor_first.TwoFactorFirst",
    "labeling.home.away.DatabaseAway",
]

ROOT_URLCONF = "labeling.urls"
WSGI_APPLICATION = "labeling.wsgi.application"
ASGI_APPLICATION = "labeling.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labeling.projects.access.manages",
                "labeling.comparisons.draft_views.drafts",
            ],
        },
    }
]

DATABASES = {"default": database(ADDRESSES.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {  # what is to hold for all processes: how often somebody tried to sign in
        "BACKEND": "labeling.cohorts.limits.Shared",
        "LOCATION": [ADDRESSES.stream],
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "serializer": "labeling.cohorts.limits.AsJson",
            **{"socket_timeout": 2, "socket_connect_timeout": 1, "retry": None},
        },
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

AUTH_USER_MODEL = "cohorts.Person"
AUTHENTICATION_BACKENDS = ["labeling.cohorts.sessions.Backend"]
SESSION_ENGINE = "labeling.cohorts.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "labeling.cohorts.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "set_password": "labeling.cohorts.password_forms.SetPasswordForm",
    "change_password": "labeling.cohorts.password_forms.ChangePasswordForm",
    "reset_password_from_key": "labeling.cohorts.password_forms.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Tandem: "
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_ADAPTER = "labeling.projects.two_factor.Adapter"
MFA_FORMS = {
    "activate_totp": "labeling.projects.two_factor.SetUpForm",
    "authenticate": "labeling.projects.two_factor.CodeForm",
    "reauthenticate": "labeling.projects.two_factor.CodeAgainForm",
}
MFA_TOTP_ISSUER = "Tandem"
MFA_TOTP_TOLERANCE = 1  # the code before the one that is shown, and the one after it, for clocks that differ
MFA_ALLOW_UNVERIFIED_EMAIL = True  # most have come by an invitation that went to their address
REQUIRE_TWO_FACTOR = os.environ.get("REQUIRE_TWO_FACTOR") or "nobody"
if REQUIRE_TWO_FACTOR not in ("nobody", "managers", "everyone"):
    raise stack.StackError("REQUIRE_TWO_FACTOR must be nobody, managers or everyone.")

OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "")
SOCIALACCOUNT_PROVIDERS = oidc.providers(
    OIDC_ISSUER, *(os.environ.get(f"OIDC_{name}", "") for name in ("CLIENT_ID", "CLIENT_SECRET", "NAME"))
)
SOCIALACCOUNT_ADAPTER = "labeling.cohorts.oidc.Adapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

EMAIL_URL = os.environ.get("EMAIL_URL", "")
SENDS_MAIL = ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_URL)
globals().update(mail_settings(EMAIL_URL, os.environ.get("EMAIL_FROM", ""), BASE_URL))

# Whatever a browser asks for: a page that is English in part is read out wrongly, and laid out from right to left for
# some. A second language brings django.middleware.locale.LocaleMiddleware, after sessions, and joins this list.
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is uploaded to be kept as it is
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "artifacts": storage(ADDRESSES.artifacts),
}
HUB = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"  # where data sets are pushed to
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

HTTPS = os.environ.get("HTTPS") == "1"
ALLAUTH_TRUSTED_PROXY_COUNT = int(HTTPS)  # else all sign-in attempts together would be held to the limit of one address
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF, *oidc.origin(OIDC_ISSUER)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# A prompt may be long, a request body never is: prompts are refused by length with a message, bodies by size.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

# What a monitor shows to read /metrics; empty: managers alone.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"quiet": {"()": "labeling.logs.Quiet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["quiet"]}},
    "loggers": {"httpx2": {"level": "WARNING"}},  # it names every address that it asks, signed ones too
    "root": {"handlers": ["console"], "level": "INFO"},
}
