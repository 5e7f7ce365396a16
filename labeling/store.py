"""Where artifacts are kept, named by one address: ARTIFACT_URL. A folder, or a bucket of a server that speaks S3."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from labeling.links import is_loopback
from labeling.stack import StackError

WRITTEN = "s3://BUCKET/FOLDER?endpoint=https://HOST&region=REGION"


def storage(url: str) -> dict[str, Any]:
    """Django's form of it. StackError where it would not do.

    The keys of a bucket are where boto3 looks for them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's
    own role. Nobody reads by guessing a name: without credentials the store answers nothing.
    """
    if "://" not in url:
        options = {"location": url, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {**options, "allow_overwrite": True},
        }
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.hostname or parts.username or set(asked) - {"endpoint", "region"}:
        raise StackError(f"ARTIFACT_URL must be a folder, or {WRITTEN}.")
    endpoint = urlsplit(asked.get("endpoint", ""))
    if endpoint.scheme not in ("", "https") and not (endpoint.scheme == "http" and is_loopback(endpoint.hostname)):
        raise StackError(
            f"ARTIFACT_URL leads off this machine without TLS: write its endpoint as https://{endpoint.netloc}."
        )
    options = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": asked.get("endpoint"),
        "region_name": asked.get("region"),
        "signature_version": "s3v4",
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
