"""Doing something to one person or to those chosen from the list: one way for all acts.

It takes a form that was sent, asks once more on a page of its own where a reason is wanted or the
thing is dangerous, calls the service, and says what became of everybody.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.admin.acts import ACTS, Act
from accounts.admin.forms import ActForm, RoleForm
from accounts.admin.offers import may
from accounts.models import User
from config.common.api.permissions import require_fresh
from config.common.errors import DomainError, ReauthenticationRequired
from config.common.ids import parse_uuid
from config.common.request_meta import RequestMeta
from rbac import selectors
from rbac.models import Role
from rbac.permissions import Permission
from rbac.services.bulk import Outcome
from rbac.services.roles import allowed_by

SHOWN: Final = 100  # people named on a page
PAGES: Final = "admin/accounts/user"


def act(request: HttpRequest, site: dict[str, Any]) -> HttpResponse:
    """A POST with `action`, `ids` and what its form asks; `sure` says that it was asked already.

    site: what every page of the staff site shows.
    """
    wanted = ACTS.get(request.POST.get("action", ""))
    if wanted is None:
        raise Http404
    ids = _ids(request)
    if not ids:
        return _back(request, ids, messages.WARNING, _("Choose somebody first."))
    _require(request, wanted, ids)
    is_sure = "sure" in request.POST or not wanted.asks
    form = wanted.form(request.POST if is_sure else None, initial=request.POST.dict())
    form.hide_addresses_from(request.user)
    if len(ids) > wanted.most(form):
        return _back(request, ids, messages.ERROR, _too_many(wanted.most(form)))
    stale: ReauthenticationRequired | None = None
    try:
        if wanted.fresh:
            require_fresh(request)
        if is_sure and form.is_valid():
            return _do(request, wanted, ids, form, site)
    except ReauthenticationRequired as error:
        if not (is_sure and wanted.asks):
            return redirect(f"/confirm?{urlencode({'next': back_of(request, ids)})}")
        stale = error  # it ran out while they typed: what they typed stays
    except DomainError as error:
        form.refuse(error)
    if wanted.asks:
        return _ask(request, wanted, ids, form, site, stale=stale)
    faults = [str(fault) for listed in form.errors.values() for fault in listed]
    return _back(request, ids, messages.ERROR, " ".join(faults))


def _too_many(most: int) -> str:
    said = ngettext(
        "This can be done to %(most)d person at a time.",
        "This can be done to %(most)d people at a time.",
        most,
    )
    return said % {"most": most}


def back_of(request: HttpRequest, ids: list[UUID]) -> str:
    """Where it came from, if that is ours; else the person's page or the list."""
    wanted = request.POST.get("back", "")
    if wanted.startswith("/staff/") and url_has_allowed_host_and_scheme(wanted, None):
        return wanted
    if len(ids) == 1:
        return reverse("admin:accounts_user_change", args=[ids[0]])
    return reverse("admin:accounts_user_changelist")


def _ids(request: HttpRequest) -> list[UUID]:
    """Each once. What is no id is nobody's."""
    words = " ".join(request.POST.getlist("ids")).split()
    found = dict.fromkeys(parse_uuid(word) for word in words)
    if None in found:
        raise Http404
    return [one for one in found if one]


def _require(request: HttpRequest, wanted: Act, ids: list[UUID]) -> None:
    """The act's own permission, and to see whom it is done to. On one person a grant will do."""
    user: Any = request.user
    on = User(pk=ids[0]) if len(ids) == 1 else None
    allowed = may(user, wanted.permission, on if wanted.on_person else None)
    if not (allowed and may(user, Permission.USER_READ, on)):
        raise PermissionDenied


def _ask(
    request: HttpRequest,
    wanted: Act,
    ids: list[UUID],
    form: ActForm,
    site: dict[str, Any],
    *,
    stale: ReauthenticationRequired | None = None,
) -> HttpResponse:
    user: Any = request.user
    if isinstance(form, RoleForm):
        held = selectors.permissions(user.pk)
        every = Role.objects.order_by("name").prefetch_related("permissions")
        form.offer([role for role in every if allowed_by(role) <= held])
    people = _people(ids[:SHOWN])
    context = {
        **site,
        "title": wanted.label,
        "act": wanted,
        "form": form,
        "people": people,
        "more": len(ids) - len(people),
        "ids": " ".join(str(one) for one in ids),
        "back": back_of(request, ids),
    }
    if stale is not None:
        context["prove_first"] = context["back"]
    status = stale.status if stale else 200
    return TemplateResponse(request, f"{PAGES}/ask.html", context, status=status)


def _do(
    request: HttpRequest, wanted: Act, ids: list[UUID], form: ActForm, site: dict[str, Any]
) -> HttpResponse:
    user: Any = request.user
    meta = RequestMeta.of(request)
    if len(ids) > 1:
        outcome = wanted.to_many(ids, by=user, meta=meta, **form.cleaned_data)
        return _report(request, wanted, ids, outcome, site)
    people = _people(ids)
    said = wanted.to_one(ids[0], by=user, meta=meta, **form.cleaned_data)
    if wanted.name in _SHOWN_ONCE:
        context = {**site, "title": wanted.label, "told": said, "person": people[0]}
        context["back"] = back_of(request, ids)
        return TemplateResponse(request, f"{PAGES}/{_SHOWN_ONCE[wanted.name]}", context)
    return _back(request, ids, messages.SUCCESS, str(said))


# Words that stand in no other place: on the page that answers, and neither in a message, which is
# stored, nor in an address.
_SHOWN_ONCE: Final = {"lend_password": "lent.html", "erase": "erased.html"}


def _report(
    request: HttpRequest, wanted: Act, ids: list[UUID], outcome: Outcome, site: dict[str, Any]
) -> HttpResponse:
    """A line if all is well; else a page that names whom nothing was done to, and why."""
    number = len(outcome.changed)
    said = ngettext("Done for %(count)d person.", "Done for %(count)d people.", number)
    said %= {"count": number}
    if number == outcome.total:
        return _back(request, ids, messages.SUCCESS, f"{wanted.label}: {said}")
    reasons: dict[UUID, str] = {one: _("It was so already.") for one in outcome.already}
    reasons |= dict.fromkeys(outcome.not_found, _("There is no such account."))
    reasons |= {one: str(error.message) for one, error in outcome.refused.items()}
    unchanged = [one for one in ids if one in reasons]
    context = {
        **site,
        "title": wanted.label,
        "said": said,
        "unchanged": [(person, reasons[person["id"]]) for person in _people(unchanged[:SHOWN])],
        "number": len(unchanged),
        "more": max(0, len(unchanged) - SHOWN),
        "back": back_of(request, ids),
    }
    return TemplateResponse(request, f"{PAGES}/report.html", context)


def _people(ids: list[UUID]) -> list[dict[str, Any]]:
    """Whom the pages name, in the order asked for; who is not there by the id alone."""
    columns = ("id", "email", "username", "first_name", "last_name")
    found = {row["id"]: row for row in User.objects.filter(pk__in=ids).values(*columns)}
    return [found.get(one) or {"id": one, "username": str(one)} for one in ids]


def _back(request: HttpRequest, ids: list[UUID], level: int, said: str) -> HttpResponse:
    messages.add_message(request, level, said)
    return redirect(back_of(request, ids))
