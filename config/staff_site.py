"""The staff site: Django's admin behind the sign-in that everybody uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    """Open to ADMIN_ACCESS, and only over our own login: the stock one knows no second factor.

    In production staff without a second factor set one up before anything else.
    """

    site_header = site_title = _("Muster staff")
    index_title = _("Overview")
    final_catch_all_view = True
    enable_nav_sidebar = False  # templates/admin/places.html stands in its place

    def has_permission(self, request: HttpRequest) -> bool:
        """A signed-in browser session of somebody who holds ADMIN_ACCESS now."""
        return getattr(request, "auth", None) is not None and bool(
            getattr(request.user, "is_staff", False)
        )

    def login(self, request: HttpRequest, extra_context: object = None) -> Any:
        """Our own page; who is signed in and is no staff is told that this is not theirs."""
        wanted = request.GET.get("next", "/staff/")
        if getattr(request, "auth", None) is not None:
            return redirect("/account" if not self.has_permission(request) else "/staff/")
        return redirect(f"/login?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: object = None) -> Any:
        """Ours ends the Session row too, and is a form."""
        return redirect("/account")

    def password_change(self, request: HttpRequest, extra_context: object = None) -> Any:
        return redirect("/account/password")

    def admin_view(
        self,
        view: Callable[..., HttpResponseBase],
        cacheable: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if self.has_permission(request) and self._lacks_factor(request):
                return redirect("/account/two-factor/setup")
            answer: HttpResponseBase = inner(request, *args, **kwargs)
            return answer

        return guarded

    @staticmethod
    def _lacks_factor(request: HttpRequest) -> bool:
        has_factor = bool(getattr(request.user, "has_two_factor", False))
        return settings.APP_ENV == "production" and not has_factor
