"""Every call about the log, on one screen."""

from __future__ import annotations

from django.urls import path

from audit.api.logs import LogViewSet
from audit.api.proofs import ProofViewSet

urlpatterns = [
    path("audit", LogViewSet.as_view({"get": "list"})),
    path("audit/stats", LogViewSet.as_view({"get": "stats"})),
    path("audit/export", LogViewSet.as_view({"get": "export"})),
    path("audit/user/<str:user_id>", LogViewSet.as_view({"get": "history"})),
    path("audit/<str:entry_id>/proof", ProofViewSet.as_view({"get": "retrieve"})),
]
