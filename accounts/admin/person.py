"""One person's page: what stands on each of its tabs."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin.forms import AssignForm, EditForm, ExplainForm, GrantForm
from accounts.admin.listing import states_of
from accounts.admin.offers import Offers, may
from accounts.models import Profile, User
from accounts.models.session import Kind
from accounts.selectors import avatar
from accounts.selectors.person import Person, address_to_come
from accounts.selectors.sessions import label_of
from accounts.services import trusted_devices
from audit.selectors import history
from config.common.errors import DomainError, Text
from rbac import selectors
from rbac.permissions import Permission
from rbac.services import explaining

NEWEST: Final = 20  # entries of the log, grants
TABS: Final[dict[str, Text]] = {
    "profile": _("Profile"),
    "roles": _("Roles"),
    "sessions": _("Sessions"),
    "activity": _("Activity"),
    "factors": _("Factors"),
}
_TOLD: Final = ("bio", "phone", "date_of_birth", "address", "city", "country", "timezone")
_LABELS: Final[dict[str, Text]] = {
    "bio": _("About"),
    "phone": _("Phone"),
    "date_of_birth": _("Date of birth"),
    "address": _("Address"),
    "city": _("City"),
    "country": _("Country"),
    "timezone": _("Time zone"),
}


def tabs_for(by: User) -> dict[str, Text]:
    """Those that somebody may see who may see the person."""
    hidden = set() if may(by, Permission.AUDIT_READ) else {"activity"}
    return {name: label for name, label in TABS.items() if name not in hidden}


def context_of(
    person: Person, tab: str, request: HttpRequest, edit: EditForm | None = None
) -> dict[str, Any]:
    """What the page's template needs. edit: the form that was sent, with its faults."""
    user: Any = request.user
    offers = Offers(person, user)
    context = {
        "person": person,
        "subject": person.user,
        "tab": tab,
        "tabs": tabs_for(user),
        "offers": offers,
        "states": _states(person),
        "avatar": avatar.url_of(person.user.avatar),
        "impersonate": reverse("web:impersonate", args=[person.user.pk])
        if offers.can_impersonate
        else "",
        "here": f"{request.path}?tab={tab}",
    }
    return context | _TAB[tab](person, offers, request, edit)


def edit_form(person: Person, offers: Offers, data: Any = None) -> EditForm:
    user = person.user
    initial = {name: getattr(user, name) for name in EditForm.base_fields}
    form = EditForm(data, initial=initial, auto_id="edit_%s")
    if not offers.can_change_address:
        del form.fields["email"]
    return form


def _states(person: Person) -> list[tuple[Any, str]]:
    user = person.user
    found = states_of({name: getattr(user, name) for name in _OF_STATE})
    if person.is_locked:
        found.append((_("Locked"), "bad"))
    if not user.email_verified:
        found.append((_("Address not confirmed"), "warn"))
    return found


_OF_STATE: Final = ("deleted_at", "deactivated_at", "invited_at", "suspended_at")


def _profile(
    person: Person, offers: Offers, request: HttpRequest, edit: EditForm | None
) -> dict[str, Any]:
    told: Profile = person.profile
    if edit is None and offers.can_edit:
        edit = edit_form(person, offers)
    facts = [(_LABELS[name], getattr(told, name)) for name in _TOLD]
    may_change_address = offers.may(Permission.USER_MANAGE)
    return {
        "edit": edit,
        "told": facts,
        "preferences": sorted((told.preferences or {}).items()),
        "to_come": address_to_come(person.user.pk) if may_change_address else None,
    }


def _roles(
    person: Person, offers: Offers, request: HttpRequest, edit: EditForm | None
) -> dict[str, Any]:
    user = person.user
    assign = None
    if "assign_role" in offers.acts:
        assign = AssignForm(auto_id="assign_%s")
        assign.offer(list(offers.coverable.values()))
    allowed = selectors.permissions(user.pk)
    given: dict[str, Any] = {
        "held": [(one, offers.can_take(one)) for one in person.roles],
        "assign": assign,
        "allows": [one.label for one in Permission if one in allowed],
    }
    if offers.may(Permission.ROLE_ASSIGN):
        given |= _grants(user)
        # The whole list names other people.
        given["has_more_grants"] &= may(offers.by, Permission.USER_READ)
        given["grant"] = None
        if "grant" in offers.acts:
            given["grant"] = GrantForm(auto_id="grant_%s")
            given["grant"].hide_addresses_from(offers.by)
    if may(offers.by, Permission.ROLE_READ):
        given |= _explained(user, request)
    return given


def _grants(user: User) -> dict[str, Any]:
    """What the person may do to others, and others to them."""
    mine = list(selectors.grants_of(user.pk).order_by("-pk")[: NEWEST + 1])
    others = selectors.grants_on(user.pk).select_related("user", "permission").order_by("-pk")
    people = User.objects.in_bulk([grant.object_pk for grant in mine[:NEWEST]])
    names = {str(pk): one.username for pk, one in people.items()}
    return {
        "may_grant": True,
        "grants": [
            (grant, _label(grant), names.get(grant.object_pk, grant.object_pk))
            for grant in mine[:NEWEST]
        ],
        "grants_on": [(grant, _label(grant)) for grant in others[:NEWEST]],
        "has_more_grants": len(mine) > NEWEST,
    }


def _label(grant: Any) -> Text:
    label: Text = Permission(grant.permission.codename).label
    return label


def _explained(user: User, request: HttpRequest) -> dict[str, Any]:
    asked = request.GET if "permission" in request.GET else None
    form = ExplainForm(asked, auto_id="explain_%s")
    form.hide_addresses_from(request.user)
    found = None
    if asked is not None and form.is_valid():
        on = form.cleaned_data["on"]
        try:
            wanted = form.cleaned_data["permission"]
            found = explaining.explain(user, wanted, on=on.pk if on else None)
        except DomainError as error:
            form.refuse(error)
    return {"explain": form, "explained": found}


def _sessions(
    person: Person, offers: Offers, request: HttpRequest, edit: EditForm | None
) -> dict[str, Any]:
    own = getattr(request, "auth", None)
    listed = [
        {
            "row": session,
            "label": label_of(session),
            # Of an impersonation they are the other admin's.
            "is_theirs": session.kind != Kind.IMPERSONATION,
            "is_this": own is not None and session.pk == own.session_id,
        }
        for session in person.sessions
    ]
    return {"listed": listed}


def _activity(
    person: Person, offers: Offers, request: HttpRequest, edit: EditForm | None
) -> dict[str, Any]:
    log = reverse("admin:audit_auditentry_changelist")
    return {
        "entries": history.about(person.user.pk)[:NEWEST],
        "log": f"{log}?person={person.user.pk}",
        "inbox": _inbox(person.user, offers.by),
    }


def _inbox(user: User, by: User) -> str:
    """Where everything stands that the person was told, for who may read everybody's."""
    listed = reverse("admin:notifications_notification_changelist")
    return f"{listed}?q={user.pk}" if may(by, Permission.USER_READ) else ""


def _factors(
    person: Person, offers: Offers, request: HttpRequest, edit: EditForm | None
) -> dict[str, Any]:
    shown = offers.may(Permission.USER_MANAGE)
    return {"trusted": list(trusted_devices.of(person.user)[:NEWEST]) if shown else None}


_TAB: Final = {
    "profile": _profile,
    "roles": _roles,
    "sessions": _sessions,
    "activity": _activity,
    "factors": _factors,
}
