"""The WSGI application that `manage.py serve` runs."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.chosen")

application = get_wsgi_application()
# Loaded now, so that a fault in it ends the start and the first caller does not wait for it.
get_resolver().url_patterns  # noqa: B018  a cached property
