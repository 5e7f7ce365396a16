"""Which addresses of servers are fit to be used: off this machine, only with TLS and credentials.

Whoever reads the broker reads every prompt, and whoever writes to it can ask the models for text. A GPU machine holds
its own addresses to the same rule (`models_runtime.links`). Knows no environment and opens nothing.
"""

from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

SOCKETS = ("unix", "socket", "redis+socket")
UNCHECKED = ("none", "optional", "cert_none", "cert_optional")  # what redis and kombu call a certificate nobody checks
ENCRYPTED = ("require", "verify-ca", "verify-full")  # libpq's sslmode


def refusal(name: str, url: str) -> str | None:
    """Why the address in the variable `name` must not be used, and what to do about it; None if it may be.

    The sentence never repeats the address, which may hold a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{name} is no address."
    if parts.scheme in SOCKETS:
        return None
    if parts.scheme not in ("redis", "rediss") or ";" in url:
        return f"{name} must be one address that begins with unix://, redis+socket://, redis:// or rediss://."
    if is_loopback(parts.hostname):
        return None
    where = f"{name} leads off this machine, to {parts.hostname}"
    if parts.scheme != "rediss":
        return f"{where}, without TLS: write it as rediss://USER:PASSWORD@HOST:PORT/NUMBER."
    if not parts.password:
        return f"{where}, without a password: write it as rediss://USER:PASSWORD@HOST:PORT/NUMBER."
    if any(value.lower() in UNCHECKED for value in parse_qs(parts.query).get("ssl_cert_reqs", [])):
        return f"{where}, and ssl_cert_reqs lets anybody answer there: leave it out, and name your CA in ssl_ca_certs."
    return None


def database_refusal(url: str) -> str | None:
    """The same for DATABASE_URL. libpq is imported late, for the supervisor's guard runs without packages."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        info = conninfo_to_dict(url)
    except ProgrammingError:
        return "DATABASE_URL is no address of PostgreSQL: write it as postgresql://USER:PASSWORD@HOST:PORT/NAME."
    hosts = str(info.get("hostaddr") or info.get("host") or "").split(",")
    far = [host for host in hosts if host and not host.startswith(("/", "@")) and not is_loopback(host)]
    if far and info.get("sslmode") not in ENCRYPTED:
        return (
            f"DATABASE_URL leads off this machine, to {far[0]}, and may do so without TLS: "
            "add ?sslmode=verify-full, or require where the server's certificate cannot be checked."
        )
    return None


def verified(url: str) -> str:
    """With TLS, the certificate is checked unless the address says otherwise: by default, kombu would not."""
    parts = urlsplit(url)
    if parts.scheme != "rediss" or "ssl_cert_reqs" in parse_qs(parts.query):
        return url
    return parts._replace(query="&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))).geturl()


def is_loopback(host: str | None) -> bool:
    """None is this machine too, as the clients understand it."""
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
