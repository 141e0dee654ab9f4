"""What programs keep for a person: a JSON object of theirs, and which mails the person wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.profile import locked
from audit.kinds import Action
from audit.services.recording import record
from config.common.errors import FieldError, ValidationFailed
from config.common.request_meta import RequestMeta
from notifications.kinds import SECURITY_KINDS, Kind

MAX_BYTES: Final = 16_384
MAX_DEPTH: Final = 5
MAX_NUMBER: Final = 2**53 - 1  # what every JSON program reads exactly (RFC 7493, 2.2)
NOTIFICATIONS: Final = "notifications"


@transaction.atomic
def merge(user: User, patch: dict[str, Any], *, meta: RequestMeta) -> None:
    """Put the patch over what is there (RFC 7396): null removes a key, objects are merged.

    The entry names the keys that changed, not their values. Raises ValidationFailed for more than
    16 KiB or 5 levels, numbers that not every program reads, and for mails that always go out;
    SessionRevoked.
    """
    _account, profile = locked(user)
    before = profile.preferences
    after = _merged(before, patch)
    _require_sound(after)
    changed = [key for key in sorted(before.keys() | after.keys()) if not _same(before, after, key)]
    if not changed:
        return
    profile.preferences = after
    profile.save(update_fields=["preferences"])
    record(Action.PREFERENCES_UPDATED, actor=user, subject=user, meta=meta, keys=changed)


def wants_mail(preferences: Any, kind: Kind) -> bool:
    """Does a notice of this kind go by mail too? Yes, unless the person said no."""
    if kind in SECURITY_KINDS or not isinstance(preferences, dict):
        return True
    wishes = preferences.get(NOTIFICATIONS)
    return not (isinstance(wishes, dict) and wishes.get(kind.value) is False)


def _merged(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = _merged(result.get(key), value)
        else:
            result[key] = value
    return result


def _same(before: dict[str, Any], after: dict[str, Any], key: str) -> bool:
    # As JSON: to Python 1 is True.
    return key in before and key in after and _json(before[key]) == _json(after[key])


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _require_sound(preferences: dict[str, Any]) -> None:
    for value, depth in _walk(preferences, 1):
        if depth > MAX_DEPTH and isinstance(value, dict | list):
            raise _fault(_("Nest at most %(most)d levels.") % {"most": MAX_DEPTH}, "max_depth")
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            raise _fault(_("Numbers go up to %(most)d.") % {"most": MAX_NUMBER}, "max_value")
    if len(_json(preferences)) > MAX_BYTES:
        raise _fault(_("Keep at most %(most)d bytes.") % {"most": MAX_BYTES}, "max_size")
    wishes = preferences.get(NOTIFICATIONS)
    faults = list(_wish_faults(wishes)) if isinstance(wishes, dict) else []
    if faults:
        raise ValidationFailed(errors=faults)


def _walk(value: Any, depth: int) -> Iterator[tuple[Any, int]]:
    yield value, depth
    if depth > MAX_DEPTH:
        return
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for item in inner:
        yield from _walk(item, depth + 1)


def _wish_faults(wishes: dict[str, Any]) -> Iterator[FieldError]:
    """Keys that name no type of ours are a program's own."""
    for kind in Kind:
        wish = wishes.get(kind.value)
        field = f"{NOTIFICATIONS}.{kind.value}"
        if wish is None:
            continue
        if not isinstance(wish, bool):
            yield FieldError(field, _("Say true or false."), "invalid")
        elif kind in SECURITY_KINDS and not wish:
            yield FieldError(field, _("Mails about security always go out."), "always_on")


def _fault(text: Any, code: str) -> ValidationFailed:
    return ValidationFailed.of("preferences", text, code)
