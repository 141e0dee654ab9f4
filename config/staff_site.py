"""The staff site: Django's admin behind the sign-in that everybody uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from config.common.staff import PAGES
from config.dashboard import page as dashboard

# The order of the menu.
SECTIONS = ("accounts", "rbac", "audit", "notifications")


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

    def get_urls(self) -> list[Any]:
        own = [path(one.path, self.admin_view(one.shown), name=one.name) for one in PAGES]
        return [*own, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Numbers before the list of pages."""
        shown = dashboard.of(request, self.get_app_list(request))
        return super().index(request, {**shown, **(extra_context or {})})

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[Any]:
        """Everything that this person may open, pages of no model among it."""
        found = {app["app_label"]: app for app in super().get_app_list(request, app_label)}
        for page in PAGES:
            if app_label in {None, page.section} and request.user.has_perm(page.needs):
                app = found.setdefault(page.section, _section(page.section))
                place: dict[str, Any] = {"name": page.title, "object_name": page.name, "perms": {}}
                app["models"].append(place | {"admin_url": reverse(f"{self.name}:{page.name}")})
        return sorted(found.values(), key=lambda app: _place(app["app_label"]))

    @staticmethod
    def _lacks_factor(request: HttpRequest) -> bool:
        has_factor = bool(getattr(request.user, "has_two_factor", False))
        return settings.APP_ENV == "production" and not has_factor


def _section(label: str) -> dict[str, Any]:
    """An app of which somebody sees a page and no rows."""
    name = apps.get_app_config(label).verbose_name
    return {"name": name, "app_label": label, "app_url": "", "has_module_perms": True, "models": []}


def _place(label: str) -> int:
    return SECTIONS.index(label) if label in SECTIONS else len(SECTIONS)
