"""What a person tells about themselves: their own changes, and what everybody may see."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Profile, User
from accounts.models.user import canonical_username
from accounts.services import policy
from accounts.validators import RESERVED
from audit.kinds import Action
from audit.services.details import difference
from audit.services.recording import record
from config.common.errors import NotFound, SessionRevoked
from config.common.request_meta import RequestMeta

DEFAULT_LANGUAGE: Final = "en"
_NAMES: Final = ("first_name", "last_name")
_ACCOUNT: Final = (*_NAMES, "language")
# What the owner may change, and what the API calls it.
FIELDS: Final[dict[str, str]] = {
    "first_name": "firstName",
    "last_name": "lastName",
    "language": "language",
    "bio": "bio",
    "phone": "phone",
    "date_of_birth": "dateOfBirth",
    "address": "address",
    "city": "city",
    "country": "country",
    "timezone": "timezone",
}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:.+)?", re.ASCII)
# ISO 639-1, which Django knows half of.
LANGUAGES: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy
    hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg
    li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or
    os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905  a list of two hundred strings reads worse
)


def replace(user: User, given: Mapping[str, Any], *, meta: RequestMeta) -> None:
    """All of it at once: what is not given is cleared. Raises SessionRevoked."""
    update(user, dict.fromkeys(FIELDS) | dict(given), meta=meta)


@transaction.atomic
def update(user: User, given: Mapping[str, Any], *, meta: RequestMeta) -> None:
    """Change the fields given (names as in FIELDS) and no others; None and "" clear one.

    Two changes of different fields at once keep both. What changes nothing leaves no entry.
    Raises SessionRevoked for an account that may not be used any more.
    """
    account, profile = locked(user)
    before = {name: getattr(_owner_of(name, account, profile), name) for name in FIELDS}
    after = {name: _stored(name, value) for name, value in given.items()}
    changed = [name for name in FIELDS if name in after and after[name] != before[name]]
    if not changed:
        return
    for name in changed:
        setattr(_owner_of(name, account, profile), name, after[name])
    own = [name for name in changed if name in _ACCOUNT]
    if own:
        columns = account.set_identity(
            **{name: after[name] for name in _NAMES if name in changed},
        )
        account.save(update_fields=[*columns, "language"])
    if len(own) < len(changed):
        profile.save(update_fields=[name for name in changed if name not in _ACCOUNT])
    record(
        Action.PROFILE_UPDATED,
        actor=user,
        subject=user,
        meta=meta,
        **difference(
            {FIELDS[name]: before[name] or None for name in changed},
            {FIELDS[name]: after[name] or None for name in changed},
        ),
    )


def locked(user: User) -> tuple[User, Profile]:
    """The account and its profile, under the account's lock. Raises SessionRevoked."""
    account = User.objects.active().select_for_update().filter(pk=user.pk).first()
    if account is None:
        raise SessionRevoked
    profile, _made = Profile.objects.get_or_create(user=account)
    return account, profile


def _owner_of(name: str, account: User, profile: Profile) -> User | Profile:
    return account if name in _ACCOUNT else profile


def _stored(name: str, value: Any) -> Any:
    if name == "language":
        return value or DEFAULT_LANGUAGE
    return value or ("" if name in _NAMES else None)


def public(username: str) -> User:
    """Whom everybody may see under this name. Raises NotFound.

    Nobody is seen who cannot sign in or has not been in yet, nor, where it must stay unknown
    whether there is an account, who has not confirmed their address.
    """
    name = canonical_username(username)
    shown = User.objects.active().filter(username=name, invited_at__isnull=True)
    if policy.prevent_enumeration():
        shown = shown.filter(email_verified_at__isnull=False)
    found: User | None = None if name in RESERVED else shown.first()
    if found is None:
        raise NotFound
    return found


# --- What a field may hold. Each raises ValueError for what it may not. --------------------------


def phone_number(text: str) -> str:
    """A number with its country code, however it is written, as E.164."""
    # Takes 50 ms to load, and few processes ever need it.
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError("no number") from error
    if number.extension or not phonenumbers.is_possible_number(number):
        raise ValueError("no number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def timezone_name(text: str) -> str:
    """A name of the IANA time zone database."""
    if text not in _time_zones():
        raise ValueError("no time zone")
    return text


@cache
def _time_zones() -> frozenset[str]:
    # The machine's own zone, and the one for none: neither names a place.
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


def language_code(text: str) -> str:
    """Two letters of ISO 639-1."""
    code = text.lower()
    if code not in LANGUAGES:
        raise ValueError("no language")
    return code


def birth_date(text: str) -> date:
    """A day in the past; of a date and time the day as it is written."""
    if not _DATE.fullmatch(text):
        raise ValueError("no day in the past")
    try:
        day = datetime.fromisoformat(text.upper()).date()
    except ValueError as error:
        raise ValueError("no day in the past") from error
    if day >= timezone.now().date():
        raise ValueError("no day in the past")
    return day
