"""An OpenID Connect provider that people may sign in with, named by its issuer: OIDC_ISSUER.

Its accounts are kept under the issuer's own address, so that those of another one, later, are never taken for them.
"""

from typing import Any
from urllib.parse import urlsplit

from labeling.links import is_loopback
from labeling.stack import StackError

LONGEST = 200  # characters; django-allauth keeps no more of it


def providers(issuer: str, client: str, secret: str, name: str) -> dict[str, Any]:
    """django-allauth's form of it. StackError where it would not do."""
    if not issuer:
        return {}
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise StackError("OIDC_ISSUER must begin with https://.")
    if not (client and secret) or len(issuer) > LONGEST:
        raise StackError(
            "OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it, and has 200 characters at most."
        )
    provider = {
        "provider_id": issuer,
        "name": name or parts.hostname,
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": issuer.rstrip("/"), "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [provider]}}


def origin(issuer: str) -> list[str]:
    """Where the form of the sign-in page leads, as a Content-Security-Policy says it."""
    parts = urlsplit(issuer)
    return [f"{parts.scheme}://{parts.netloc}"] if issuer else []
