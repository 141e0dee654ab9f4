"""People in the staff site: found, seen, invited, edited; what is done to them: `actions.py`."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.admin import actions, export
from accounts.admin.acts import MANY
from accounts.admin.forms import EditForm, InviteForm
from accounts.admin.listing import PeopleList
from accounts.admin.offers import Offers, may
from accounts.admin.person import context_of, edit_form, tabs_for
from accounts.models import User
from accounts.selectors.directory import Directory
from accounts.selectors.person import Person, person_of
from accounts.selectors.wanted import Wanted
from accounts.services.staff import editing, invitation
from config.common.errors import DomainError, NotFound, TooBroad
from config.common.ids import parse_uuid
from config.common.request_meta import RequestMeta
from config.common.staff import StaffAdmin, takes_forms
from rbac.permissions import Permission

FOUND = 20  # people that a field which completes names is offered

_reads = require_http_methods(["GET", "HEAD"])


@admin.register(User)
class UserAdmin(StaffAdmin):
    """None of Django's own pages is left: they count, save and delete past the services."""

    needs: ClassVar[dict[str, str]] = {
        "view": Permission.USER_READ.perm,
        "add": Permission.USER_CREATE.perm,
    }
    search_fields = ("search_text",)  # there is a search; `get_search_results` does it
    ordering = ("-created_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:
            shown: Any = self.admin_site.admin_view(view)
            made: URLPattern = path(route, shown, name=f"accounts_user_{name}")
            return made

        return [
            page("", _reads(self.changelist_view), "changelist"),
            page("add/", takes_forms(self.add_view), "add"),
            page("act/", takes_forms(self.act_view), "act"),
            page("export/", _reads(self.export_view), "export"),
            page("export/file/", takes_forms(self.export_file), "export_file"),
            page("<str:object_id>/change/", takes_forms(self.change_view), "change"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Permission.USER_READ, obj)  # type: ignore[arg-type]

    # --- The list ----------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._require_view(request)
        key = parse_uuid(request.GET.get("q", "").strip())
        if key and User.objects.filter(pk=key).exists():  # as pasted from a log or a ticket
            return redirect(reverse("admin:accounts_user_change", args=[key]))
        listed = PeopleList(request.GET)
        rows = listed.rows
        user: Any = request.user
        context = {
            **self._site(request),
            "title": _("People"),
            "list": listed,
            "rows": rows,
            "acts": [one for one in MANY if may(user, one.permission)],
            "may_add": self.has_add_permission(request),
            "here": request.get_full_path(),
        }
        return TemplateResponse(request, f"{actions.PAGES}/list.html", context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """For fields that complete a name: the first of the directory, never a table scan."""
        try:
            found = Directory(Wanted(q=search_term.strip()[:100]))
            rows = found.read(limit=FOUND, position=None, offset=0).rows
        except TooBroad:
            rows = []
        return queryset.filter(pk__in=[row["id"] for row in rows]), False

    # --- One person ----------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        person = self._person(request, object_id)
        user: Any = request.user
        tab = request.GET.get("tab", "profile")
        if tab not in tabs_for(user):
            raise PermissionDenied
        edit = None
        if request.method == "POST":
            edit = edit_form(person, Offers(person, user), request.POST)
            answer = self._edit(request, person, edit)
            if answer is not None:
                return answer
            tab = "profile"
        name = person.user.get_full_name() or person.user.username
        context = {
            **self._site(request),
            "title": name,
            **context_of(person, tab, request, edit),
        }
        return TemplateResponse(request, f"{actions.PAGES}/person.html", context)

    def _edit(self, request: HttpRequest, person: Person, form: EditForm) -> HttpResponse | None:
        """None where the form has to be shown again."""
        if not may(request.user, Permission.USER_UPDATE, person.user):  # type: ignore[arg-type]
            raise PermissionDenied
        if not form.is_valid():
            return None
        try:
            editing.update(
                person.user.pk,
                form.cleaned_data,
                by=request.user,  # type: ignore[arg-type]
                meta=RequestMeta.of(request),
            )
        except DomainError as error:
            form.refuse(error)
            return None
        said = _("The account is changed.") if form.has_changed() else _("Nothing was changed.")
        if "email" in form.changed_data:
            said = _("The change is on its way; the address counts once it is confirmed.")
        messages.success(request, said)
        return redirect(reverse("admin:accounts_user_change", args=[person.user.pk]))

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                made = invitation.invite(
                    **form.cleaned_data,
                    by=request.user,  # type: ignore[arg-type]
                    meta=RequestMeta.of(request),
                )
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, _("The invitation is on its way."))
                return redirect(self._after_inviting(request, made))
        context = {**self._site(request), "title": _("Invite somebody"), "form": form}
        context["may_view"] = self.has_view_permission(request)
        return TemplateResponse(request, f"{actions.PAGES}/invite.html", context)

    def _after_inviting(self, request: HttpRequest, made: User) -> str:
        if self.has_view_permission(request, made):
            return reverse("admin:accounts_user_change", args=[made.pk])
        return reverse("admin:accounts_user_add")

    # --- Doing and taking along ------------------------------------------------------------------

    def act_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":  # as after signing in anew: what was sent is gone
            self._require_view(request)
            return redirect(reverse("admin:accounts_user_changelist"))
        return actions.act(request, self._site(request))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        self._require_view(request)
        context = export.context_of(request)
        if context is None:
            return redirect(
                f"{reverse('admin:accounts_user_changelist')}?{request.GET.urlencode()}"
            )
        return TemplateResponse(
            request, f"{actions.PAGES}/export.html", {**self._site(request), **context}
        )

    def export_file(self, request: HttpRequest) -> Any:
        """By POST, since it is an entry of the log too."""
        self._require_view(request)
        query = request.GET.urlencode()
        if request.method != "POST":
            return redirect(f"{reverse('admin:accounts_user_export')}?{query}")
        return export.file_of(request) or redirect(
            f"{reverse('admin:accounts_user_changelist')}?{query}"
        )

    def _person(self, request: HttpRequest, object_id: str) -> Person:
        person_id: UUID | None = parse_uuid(object_id)
        if person_id is None:
            raise Http404
        self._require_view(request, User(pk=person_id))
        try:
            return person_of(person_id)
        except NotFound as error:
            raise Http404 from error

    def _require_view(self, request: HttpRequest, person: User | None = None) -> None:
        if not self.has_view_permission(request, person):
            raise PermissionDenied

    def _site(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
