"""What staff set while the program runs: shown with where it comes from, and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Setting, User
from accounts.services import policy
from accounts.services.options import OPTIONS, Option
from accounts.services.policy import Source
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import FieldError, PermissionRequired, SessionRevoked, ValidationFailed
from config.common.request_meta import RequestMeta
from rbac import selectors as roles
from rbac.permissions import Permission
from rbac.services.last_admin import admin_lock


@dataclass(frozen=True, slots=True)
class Current:
    """An option as it stands. value, default: for JSON; default: what holds if it is set back."""

    option: Option[Any]
    value: Any
    default: Any
    source: Source


def listed() -> list[Current]:
    """All of them, in the order of the contract. One statement."""
    return _listed(policy.rows())


def last_changes() -> dict[str, Setting]:
    """Who set what is set now, and when, by the options' names."""
    return {row.name: row for row in Setting.objects.select_related("changed_by")}


@transaction.atomic
def change(
    given: Mapping[str, Any],
    *,
    by: User,
    meta: RequestMeta,
    seen: Mapping[str, Any] | None = None,
) -> list[Current]:
    """Set some, by the options' names; None sets one back. Returns all of them as they are then.

    given: values that their options have read. What changes nothing leaves no trace. Two changes
    at once come one after the other, and nobody changes anything whose right went meanwhile.
    seen: as `policy.rows` was when somebody decided; what another has set since is refused.
    Raises PermissionRequired, SessionRevoked, ValidationFailed (what the environment decides, and
    what was set meanwhile).
    """
    admin_lock()
    if not User.objects.active().filter(pk=by.pk).exists():
        raise SessionRevoked
    if Permission.ADMIN_SETTINGS not in roles.permissions(by.pk):
        raise PermissionRequired
    _require_open(given)
    before = policy.rows()
    changed = [option for option in OPTIONS if _differs(option, given, before)]
    if seen is not None:
        _require_as_seen(changed, seen, before)
    if not changed:
        return _listed(before)
    after = dict(before)
    for option in changed:
        if given[option.name] is None:
            Setting.objects.filter(pk=option.name).delete()
            del after[option.name]
        else:
            after[option.name] = option.written(given[option.name])
            Setting.objects.update_or_create(
                name=option.name, defaults={"value": after[option.name], "changed_by": by}
            )
    set_back = [option.field for option in changed if option.name not in after]
    record(
        Action.SETTINGS_CHANGED,
        actor=by,
        subject=None,
        meta=meta,
        resource="settings",
        old={option.field: _shown(option, before) for option in changed},
        new={option.field: _shown(option, after) for option in changed},
        **({"setBack": set_back} if set_back else {}),
    )
    transaction.on_commit(policy.forget)
    return _listed(after)


def _require_open(given: Mapping[str, Any]) -> None:
    """What the environment has decided cannot be set to something else."""
    faults = [
        FieldError(option.field, _("The environment of the program decides this."), "implied")
        for option in OPTIONS
        if option.is_implied and given.get(option.name) is False
    ]
    if faults:
        raise ValidationFailed(errors=faults)


def _require_as_seen(
    changed: list[Option[Any]], seen: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """Nobody undoes unawares what somebody else has just decided."""
    told = _(
        "Somebody has changed this meanwhile: it is “{value}” now. Save again if yours counts."
    )
    faults = [
        FieldError(option.field, format_lazy(told, value=_shown(option, before)), "changed")
        for option in changed
        if (option.name in seen, seen.get(option.name))
        != (option.name in before, before.get(option.name))
    ]
    if faults:
        raise ValidationFailed(errors=faults)


def _differs(option: Option[Any], given: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    if option.name not in given:
        return False
    if given[option.name] is None:
        return option.name in stored
    return option.name not in stored or stored[option.name] != option.written(given[option.name])


def _shown(option: Option[Any], stored: Mapping[str, Any]) -> Any:
    return option.written(policy.decided(option, stored)[0])


def _listed(stored: Mapping[str, Any]) -> list[Current]:
    found = []
    for option in OPTIONS:
        value, source = policy.decided(option, stored)
        default = option.written(policy.without_setting(option))
        found.append(Current(option, option.written(value), default, source))
    return found
