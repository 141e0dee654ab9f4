"""What the pages of the staff site share: they show rows, and change them through services alone.

Django's admin saves and deletes by itself, in bulk too, shows what breaks as a page of error 500,
and keeps names in a log of its own. Here a form calls a service (`change`, `remove`), a broken
rule is a fault of the form, nothing is done to many at once, and the audit log is the one record.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from config.common.api.permissions import require_fresh
from config.common.errors import DomainError, ReauthenticationRequired, Text
from config.common.forms import people_named
from config.common.request_meta import RequestMeta

DEPTH = 1000  # rows that the pages of a list reach; what lies deeper is found by a filter

View = Callable[[HttpRequest], HttpResponse]
# A page with a form: whoever comes by a link, as after signing in anew, is shown the way to it.
takes_forms = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Page:
    """A page that shows no model's rows. section: an app's label, whose pages it stands among."""

    path: str
    name: str
    title: Text
    section: str
    needs: str
    view: View

    def shown(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(self.needs):
            raise PermissionDenied
        return self.view(request)


PAGES: Final[list[Page]] = []


def staff_page(
    path: str, *, name: str, title: Text, section: str, needs: str
) -> Callable[[View], View]:
    """Puts a view into the staff site and its menu: `admin:<name>`, for who holds `needs`."""

    def register(view: View) -> View:
        PAGES.append(Page(path, name, title, section, needs, view))
        return view

    return register


class ShallowPaginator(Paginator):
    """Counts no further than the pages reach: a million rows are not counted for a page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        number: int = rows.order_by()[:DEPTH].count()
        return number

    @property
    def is_capped(self) -> bool:
        """May there be more than was counted?"""
        return self.count >= DEPTH


class StaffAdmin(admin.ModelAdmin):
    """A page of the staff site.

    needs: the permission for each of "view", "add", "change" and "delete"; what is not named is
    closed. fresh: adding, changing and deleting want a session that proved itself lately.
    """

    needs: ClassVar[dict[str, str]] = {}
    fresh: ClassVar[bool] = False

    actions = None
    empty_value_display = "–"
    list_per_page = 50
    list_max_show_all = 50
    paginator = ShallowPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def change(self, obj: Any, form: Any, *, by: Any, meta: RequestMeta, is_new: bool) -> Model:
        """Do what the form says; the row as it is now. May raise DomainError."""
        raise NotImplementedError

    def remove(self, obj: Any, *, by: Any, meta: RequestMeta) -> None:
        """Take the row out. May raise DomainError."""
        raise NotImplementedError

    # --- Who may ---------------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return any(self._may(request, what) for what in self.needs)

    def _may(self, request: HttpRequest, what: str) -> bool:
        needed = self.needs.get(what)
        return needed is not None and request.user.has_perm(needed)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters ask: Django would look into any column, whole tables long."""
        return any(lookup in names_of(one) for one in self.get_list_filter(request))

    # --- Through the services --------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        meta = RequestMeta.of(request)
        made = self.change(obj, form, by=request.user, meta=meta, is_new=not change)
        # Django goes on with what its form had built.
        vars(obj).update(vars(made))

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        """The service has done it all."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(obj, by=request.user, meta=RequestMeta.of(request))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A broken rule takes all back, and the form is shown once more with the fault in it.

        Who has to prove anew does so before anything is typed; where the proof ran out meanwhile,
        what was typed stays too.
        """
        is_new = object_id is None and self.has_add_permission(request)
        try:
            self._require_fresh(request, always=is_new)
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ReauthenticationRequired as error:
            if request.method != "POST":
                return confirm_first(request)
            request.refused = error  # type: ignore[attr-defined]
            extra_context = (extra_context or {}) | {"prove_first": request.path}
        except DomainError as error:
            request.refused = error  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: Any, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:  # noqa: FBT002  Django's signature
        form: Any = super().get_form(request, obj, change, **kwargs)
        refused: DomainError | None = getattr(request, "refused", None)
        return form if refused is None else _refusing(form, refused)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            self._require_fresh(request)
            return super().delete_view(request, object_id, extra_context)
        except ReauthenticationRequired:
            return confirm_first(request)
        except DomainError as error:
            self.message_user(request, str(error.message), messages.ERROR)
            page = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
            return redirect(reverse(page, args=[object_id]))

    def _require_fresh(self, request: HttpRequest, *, always: bool = False) -> None:
        if self.fresh and (always or request.method == "POST"):
            require_fresh(request)

    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        """Only itself: what hangs on it is the service's to look at, not this page's to list."""
        return [str(obj) for obj in objs], {}, set(), []

    # --- One record ------------------------------------------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The service has written the audit log."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """As above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """As above."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404


class OfPeople(StaffAdmin):
    """Rows that somebody has; found by whose they are, exactly. Open to who may read people."""

    search_fields = ("user",)
    search_help_text = _("Email, username or id.")
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(user__in=people_named(search_term))
        return queryset, False

    @admin.display(description=_("person"))
    def holder(self, row: Any) -> str:
        """The way to their page."""
        return format_html('<a href="{}">{}</a>', people_page("change", row.user_id), row.user)


def people_page(page: str, *args: Any) -> str:
    """Where the staff site lists people ("changelist") or shows one of them ("change", the id)."""
    people = get_user_model()._meta  # noqa: SLF001  Django's documented model API
    return reverse(f"admin:{people.app_label}_{people.model_name}_{page}", args=args)


def names_of(list_filter: Any) -> Container[str]:
    """The parameters of a filter."""
    if isinstance(list_filter, str):
        return {f"{list_filter}{ending}" for ending in ("__exact", "__id__exact", "__isnull")}
    named = getattr(list_filter, "names", None)
    return named() if named else {getattr(list_filter, "parameter_name", "")}


def _refusing(form: Any, refused: DomainError) -> Any:
    """The form as a class that finds in itself what the service found."""

    class Refused(form):
        def clean(self) -> Any:
            cleaned = super().clean()
            for fault in refused.errors:
                self.add_error(None, str(fault.message))
            if not refused.errors:
                self.add_error(None, str(refused.message))
            return cleaned

    return Refused


def confirm_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password, and back to this one."""
    return redirect(f"/confirm?{urlencode({'next': request.path})}")
