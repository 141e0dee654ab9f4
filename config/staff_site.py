"""The staff site: Django's admin behind the sign-in that everybody uses."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    """Open to ADMIN_ACCESS, and only over our own login: the stock one knows no second factor."""

    site_header = site_title = _("Muster staff")
    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and user.is_active and user.is_staff)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        return redirect("/")


staff_site = StaffSite(name="admin")
