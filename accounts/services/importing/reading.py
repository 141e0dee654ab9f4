"""One person as another program kept them: what a line may hold, and what is wrong with it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.hashers import identify_hasher
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_date, parse_datetime

from accounts.models.user import canonical_email, canonical_username
from accounts.services import profile
from accounts.validators import RESERVED
from config.common.text import is_plain

_USERNAME: Final = re.compile(r"[A-Za-z0-9_]{3,30}")
_BCRYPT: Final = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_SEED: Final = range(10, 65)  # bytes; RFC 4226 asks for 16, older apps made 10
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off", ""})


class Fault(ValueError):
    """What is wrong with a value, for whoever has to mend the line."""


@dataclass(slots=True)
class Person:
    """A line that was read. account: values for User; profile: for Profile. seed: in hex."""

    email: str
    username: str
    account: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    seed: str = ""
    is_inactive: bool = False


def _text(most: int, *, lines: bool = False) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not is_plain(value, lines=lines):
            raise Fault("has to be text without control characters")
        if len(value) > most:
            raise Fault(f"has more than {most} characters")
        return value.strip()

    return read


def _email(value: Any) -> str:
    address = canonical_email(_text(254)(value))
    try:
        validate_email(address)
    except ValidationError:
        raise Fault("is no email address") from None
    return address


def _username(value: Any) -> str:
    if not isinstance(value, str) or not _USERNAME.fullmatch(value):
        raise Fault("has to be 3 to 30 letters, digits and underscores")
    if canonical_username(value) in RESERVED:
        raise Fault("is a reserved name")
    return canonical_username(value)


def _flag(value: Any) -> bool:
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise Fault("has to be true or false")
    return word in _TRUE


def _moment(value: Any) -> datetime:
    """RFC 3339, or a date; UTC where no zone is given."""
    try:
        found = parse_datetime(value) or datetime.fromisoformat(parse_date(value).isoformat())  # type: ignore[union-attr]
    except (TypeError, ValueError, AttributeError):
        raise Fault("has to be a time such as 2026-11-23T10:00:00Z") from None
    moment = found if found.tzinfo else found.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise Fault("lies in the future")
    return moment


def _flag_or_moment(value: Any) -> datetime | None:
    try:
        return datetime.now(UTC) if _flag(value) else None
    except Fault:
        return _moment(value)


def _hash(value: Any) -> str:
    """A hash in Django's spelling, made from the usual ones of others."""
    text = _text(256)(value)
    if _BCRYPT.fullmatch(text):
        # 2a and 2y name programs, not algorithms; the library writes 2b.
        text = f"bcrypt$$2b{text[3:]}"
    elif text.startswith("$argon2"):
        text = f"argon2{text}"
    try:
        identify_hasher(text).decode(text)
    except (ValueError, KeyError, AttributeError, IndexError, AssertionError):
        raise Fault("is no hash that can be read: bcrypt, argon2, or in Django's form") from None
    return text


def _id(value: Any) -> UUID:
    try:
        return UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise Fault("has to be a UUID; leave it out for a new one") from None


def _roles(value: Any) -> tuple[str, ...]:
    names = re.split(r"[;,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Fault("has to be a list of role names")
    return tuple(dict.fromkeys(name for name in names if name))


def _seed(value: Any) -> str:
    try:
        text = re.sub(r"[\s=-]", "", value).upper()
        seed = base64.b32decode(text + "=" * (-len(text) % 8))
    except (TypeError, ValueError, binascii.Error):
        raise Fault("is no base32 secret") from None
    if len(seed) not in _SEED:
        raise Fault("is too short or too long for a secret")
    return seed.hex()


def _ruled(rule: Callable[[str], Any], said: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        try:
            return rule(_text(64)(value))
        except Fault:
            raise
        except ValueError:
            raise Fault(said) from None

    return read


# What a line may hold, by the names of the API.
_ACCOUNT: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "id": ("id", _id),
    "passwordHash": ("password", _hash),
    "firstName": ("first_name", _text(50)),
    "lastName": ("last_name", _text(50)),
    "language": ("language", _ruled(profile.language_code, "has to be a code of two letters")),
    "emailVerified": ("email_verified_at", _flag_or_moment),
    "createdAt": ("created_at", _moment),
    "lastLoginAt": ("last_login", _moment),
}
_PROFILE: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "bio": ("bio", _text(500, lines=True)),
    "phone": ("phone", _ruled(profile.phone_number, "has to be a number such as +4930123456")),
    "dateOfBirth": ("date_of_birth", _ruled(profile.birth_date, "has to be a date in the past")),
    "address": ("address", _text(255, lines=True)),
    "city": ("city", _text(100)),
    "country": ("country", _text(100)),
    "timezone": ("timezone", _ruled(profile.timezone_name, "is no time zone")),
}
_OTHERS: Final = {
    "email": _email, "username": _username, "isActive": _flag, "roles": _roles, "totpSecret": _seed,
}  # fmt: skip
FIELDS: Final = ("email", "username", *_ACCOUNT, "isActive", "roles", "totpSecret", *_PROFILE)


def read(line: Any) -> tuple[Person | None, list[str]]:
    """The person, or all that is wrong with the line. Empty values count as left out."""
    if not isinstance(line, Mapping):
        return None, ["has to be an object with fields"]
    faults = [f"{name}: no such field" for name in line if name not in FIELDS]
    values: dict[str, Any] = {}
    for name, value in line.items():
        if name in FIELDS and value not in (None, ""):
            rule = _OTHERS.get(name) or {**_ACCOUNT, **_PROFILE}[name][1]
            try:
                values[name] = rule(value)
            except Fault as fault:
                faults.append(f"{name}: {fault}")
    told = {fault.partition(":")[0] for fault in faults}
    faults += [
        f"{name}: is missing" for name in ("email", "username") if name not in {*values, *told}
    ]
    if faults:
        return None, faults
    account = {key: values[name] for name, (key, _rule) in _ACCOUNT.items() if name in values}
    about = {key: values[name] for name, (key, _rule) in _PROFILE.items() if name in values}
    person = Person(values["email"], values["username"], account, about)
    person.roles, person.seed = values.get("roles", ()), values.get("totpSecret", "")
    person.is_inactive = not values.get("isActive", True)
    return person, []
