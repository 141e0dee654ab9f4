"""EMAIL_URL as Django's mail settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

_BACKENDS = "django.core.mail.backends"


def email_settings() -> dict[str, Any]:
    """`smtp://user:pass@host:587?tls=starttls`, `file:///folder` or `console:`.

    tls: `starttls`, `ssl` or `off` (the default). Raises ImproperlyConfigured for anything else.
    """
    url = urlsplit(env.text("EMAIL_URL"))
    sender = env.text("EMAIL_FROM")
    common = {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender, "EMAIL_TIMEOUT": 10}
    if url.scheme == "console":
        return common | {"EMAIL_BACKEND": f"{_BACKENDS}.console.EmailBackend"}
    if url.scheme == "file":
        return common | {
            "EMAIL_BACKEND": f"{_BACKENDS}.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(url.path),
        }
    if url.scheme != "smtp" or not url.hostname:
        raise ImproperlyConfigured("EMAIL_URL: say smtp://…, file:///folder or console:.")
    try:
        port = url.port
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL: {error}.") from error
    tls = parse_qs(url.query).get("tls", ["off"])[0]
    if tls not in {"starttls", "ssl", "off"}:
        raise ImproperlyConfigured("EMAIL_URL: tls is starttls, ssl or off.")
    return common | {
        "EMAIL_BACKEND": f"{_BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port or {"starttls": 587, "ssl": 465}.get(tls, 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_USE_SSL": tls == "ssl",
    }
