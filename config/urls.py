"""The whole site on one screen."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

import config.health as health  # noqa: PLR0402  mypy takes `config.health` for a setting
from config import api
from config.docs import pages as docs

urlpatterns = [
    # First what is asked most: patterns are tried one after the other.
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("notifications.api.urls")),
    path("api/v1/", include("rbac.api.urls")),
    path("api/v1/", include("audit.api.urls")),
    path("api/v1", api.index),
    path("api/v1/schema", api.schema),
    path("api/v1/docs", api.documents),
    re_path(r"^api(?:/|$)", api.not_found),
    path("docs", docs.page),
    path("docs/errors", docs.errors),
    path("docs/search.json", docs.index),
    path("docs/api/<str:name>", docs.area),
    path("docs/<str:name>", docs.page),
    path("health", health.health),
    path("health/detailed", health.detailed),
    path("ready", health.ready),
    path("live", health.live),
    path(".well-known/jwks.json", api.jwks),
    path(".well-known/audit-keys.json", api.audit_keys),
    path("staff/", admin.site.urls),
    path("", include("accounts.web.urls")),
]

handler400 = "config.api.bad_request"
handler403 = "config.api.forbidden"
handler404 = "config.api.missing"
handler500 = "config.api.broken"
