"""Finding people: the list that staff search, and one person's page."""

from __future__ import annotations

from config.common.api.views import ApiViewSet


class DirectoryViewSet(ApiViewSet):
    pass
