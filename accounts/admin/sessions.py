"""Where people are signed in, all of them: to be looked at, and ended."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from rest_framework import serializers

from accounts.admin.listing import PAGE, said
from accounts.models import Session
from accounts.models.session import Kind
from accounts.selectors.sessions import label_of
from accounts.services.staff import devices
from config.common.api.pagination import Asked, ListQuery, Page, paginate
from config.common.api.serializers import Text
from config.common.errors import DomainError, NotFound, SessionRevoked
from config.common.forms import people_named
from config.common.ids import parse_uuid
from config.common.keyset import keys
from config.common.reading import searching
from config.common.request_meta import RequestMeta
from config.common.staff import StaffAdmin, takes_forms
from rbac.permissions import Permission

PATIENCE: Final = 2.0  # seconds that a statement of the list may take
NEWEST: Final = keys("-id")  # ids sort by the time they were made
_STATES: Final = (("live", gettext_lazy("Live")), ("ended", gettext_lazy("Ended")))


class SessionListQuery(ListQuery):
    default_limit = PAGE

    q = Text(required=False, max_length=254)
    state = serializers.ChoiceField(choices=[name for name, _label in _STATES], required=False)
    kind = serializers.ChoiceField(choices=Kind.values, required=False)


class FilterForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Whose"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": 254}),
        help_text=gettext_lazy("Email, username or id."),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("All")), *_STATES]
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("", gettext_lazy("All")), *Kind.choices]
    )
    use_required_attribute = False


class SessionList:
    """What was asked, and a page of the answer; `fault` says why there is none."""

    def __init__(self, params: QueryDict) -> None:
        self.fault = ""
        self.page: Page | None = None
        self.rows: list[dict[str, Any]] = []
        self.given: dict[str, Any] = {}
        try:
            asked = SessionListQuery.read(params)
            self.given = dict(asked.given)
            with searching(seconds=PATIENCE):
                self.page = paginate(_matching(asked), NEWEST, asked)
        except (serializers.ValidationError, DomainError) as error:
            self.fault = said(error)
            return
        self.is_first = asked.position is None and not asked.offset
        self.rows = [_row(session) for session in self.page.rows]

    @property
    def query(self) -> str:
        return urlencode(self.given)

    @property
    def next_page(self) -> str:
        return urlencode({"cursor": self.page.cursor}) if self.page and self.page.cursor else ""

    @property
    def form(self) -> FilterForm:
        return FilterForm(initial=self.given, auto_id="filter_%s", label_suffix="")


def _matching(asked: Asked) -> QuerySet[Any]:
    live = Session.objects.live().filter(pk=OuterRef("pk"))
    found: QuerySet[Any] = Session.objects.select_related("user", "impersonator")
    found = found.annotate(is_live=Exists(live))
    if asked.filters.get("q"):
        found = found.filter(user__in=people_named(asked.filters["q"]))
    if asked.filters.get("state"):
        found = found.filter(is_live=asked.filters["state"] == "live")
    if asked.filters.get("kind"):
        found = found.filter(kind=asked.filters["kind"])
    return found


def _row(session: Any) -> dict[str, Any]:
    # Of an impersonation the address is the other admin's.
    is_theirs = session.kind != Kind.IMPERSONATION
    return {
        "session": session,
        "label": label_of(session) or "–",
        "address": (is_theirs and session.ip_address) or "–",
    }


@admin.register(Session)
class SessionAdmin(StaffAdmin):
    needs: ClassVar[dict[str, str]] = {"view": Permission.USER_MANAGE.perm}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Each row names somebody, so it takes reading people too."""
        may_read = request.user.has_perm(Permission.USER_READ.perm)
        return may_read and super().has_view_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """The list alone: a session has nothing more to show."""
        listed: Any = self.admin_site.admin_view(require_safe(self.changelist_view))
        end: Any = self.admin_site.admin_view(takes_forms(self.end_view))
        return [
            path("", listed, name="accounts_session_changelist"),
            path("end/", end, name="accounts_session_end"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self._site(request),
            "list": SessionList(request.GET),
            "here": request.get_full_path(),
            "own": getattr(getattr(request, "auth", None), "session_id", None),
        }
        return TemplateResponse(request, "admin/accounts/session/list.html", context)

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """Each by itself, as from its owner's page: one that may not be ended stops no other."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":  # as after signing in anew: what was sent is gone
            return redirect(reverse("admin:accounts_session_changelist"))
        ids = {parse_uuid(word) for word in request.POST.getlist("ids")}
        if None in ids:
            raise Http404
        ended, unended = self._end(request, [one for one in ids if one])
        text = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", ended)
        text %= {"count": ended}
        if not ids:
            text = _("Choose a session first.")
        if unended:
            context = {**self._site(request), "said": text, "unended": unended}
            return TemplateResponse(request, "admin/accounts/session/report.html", context)
        messages.add_message(request, messages.SUCCESS if ended else messages.WARNING, text)
        return redirect(reverse("admin:accounts_session_changelist"))

    def _end(self, request: HttpRequest, ids: list[UUID]) -> tuple[int, list[tuple[Any, Any]]]:
        """How many ended; which did not, and why."""
        by: Any = request.user
        meta = RequestMeta.of(request)
        ended = 0
        unended: list[tuple[Any, Any]] = []
        for session in Session.objects.filter(pk__in=ids).select_related("user", "impersonator"):
            try:
                devices.sign_out(session.pk, of=session.user_id, by=by, meta=meta)
            except NotFound:
                unended.append((_row(session), SessionRevoked.message))
            except DomainError as error:
                unended.append((_row(session), error.message))
            else:
                ended += 1
        return ended, unended

    def _site(self, request: HttpRequest) -> dict[str, Any]:
        site = self.admin_site.each_context(request)
        return {**site, "opts": self.opts, "title": _("Sessions")}
