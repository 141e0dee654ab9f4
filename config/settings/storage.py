"""STORAGE_URL as Django's storage settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env


def storage_settings() -> tuple[dict[str, dict[str, Any]], Path]:
    """`file:///folder` or `s3://bucket?endpoint=…&region=…&signed=…`, and the media folder."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    url = urlsplit(env.text("STORAGE_URL") or (env.DATA_DIR / "media").as_uri())
    if url.scheme == "file":
        folder = Path(unquote(url.path))
        default: dict[str, Any] = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "base_url": "/media/"},
        }
        return {"default": default, "staticfiles": static}, folder
    if url.scheme != "s3" or not url.hostname:
        raise ImproperlyConfigured("STORAGE_URL: say file:///folder or s3://bucket?….")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    options: dict[str, Any] = {
        "bucket_name": url.hostname,
        "endpoint_url": query.get("endpoint"),
        "region_name": query.get("region"),
        "querystring_auth": query.get("signed", "on") in {"on", "true", "1"},
        "client_config": _client("path" if query.get("endpoint") else "auto"),
        # A picture never changes under its name; no shared cache keeps one that was removed.
        "object_parameters": {"CacheControl": "private, max-age=31536000, immutable"},
        "file_overwrite": False,
        "default_acl": None,
    }
    default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    return {"default": default, "staticfiles": static}, env.DATA_DIR / "media"


def _client(addressing: str) -> Any:
    """Other times than boto's, which would hold a request for minutes where S3 does not answer."""
    # Heavy, and for S3 alone.
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        s3={"addressing_style": addressing},
        signature_version="s3v4",
        connect_timeout=3,
        read_timeout=10,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
