"""Rules for names and passwords. Nothing here asks the database."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
LONG_ENOUGH: Final = 15  # from here on any composition (NIST SP 800-63B-4, 3.1.1.2)
NEAR: Final = 4  # a name of fewer characters stands in too many innocent passwords
REMAINDER: Final = 6  # letters that must be left when names are taken out

# Words that a path, a page or a person could be mistaken for.
RESERVED: Final = frozenset(
    """
    about abuse account accounts admin administrator anonymous api app audit auth avatar billing
    contact docs export false health help info live login logout mail me media moderator muster
    no_reply noreply not_me notifications null owner postmaster preferences profile ready register
    reset_password roles root security self sessions settings signin signout signup staff static
    status support sysadmin system true undefined unlock upload user username users verify
    verify_email webmaster www
    """.split()  # noqa: SIM905  a list of eighty strings reads worse
)
_LEET: Final = str.maketrans("01345789@$!|+", "oieastbgasilt")
_WORDS: Final = re.compile(r"[\W_]+")
_EDGES: Final = re.compile(r"^[^a-z]+|[^a-z]+$")


def normalised(password: str) -> str:
    """NFC, so that the same keys on another device make the same password."""
    return unicodedata.normalize("NFC", password)


def password_faults(
    password: str, *, names: Iterable[str] = (), policy: str, has_second_factor: bool = False
) -> list[ValidationError]:
    """What is wrong with a new password; nothing where it may be used.

    policy: `composition` or `length`; traps.md has both profiles.
    names: what the person is called; nothing near it may be the password.
    """
    password = normalised(password)
    faults = _length_faults(password, policy, has_second_factor=has_second_factor)
    if policy == "composition" and len(password) < LONG_ENOUGH:
        faults += _class_faults(password)
    if is_common(password):
        faults.append(_fault(_("This password is too common."), "password_too_common"))
    elif _is_near(password, names):
        faults.append(
            _fault(
                _("This password is too close to your name or to the name of this service."),
                "password_too_similar",
            )
        )
    return faults


def _length_faults(password: str, policy: str, *, has_second_factor: bool) -> list[ValidationError]:
    least = LONG_ENOUGH if policy == "length" and not has_second_factor else MIN_LENGTH
    if len(password) < least:
        text = _("Use at least %(least)d characters.") % {"least": least}
        return [_fault(text, "password_too_short")]
    if len(password) > MAX_LENGTH:
        text = _("Use at most %(most)d characters.") % {"most": MAX_LENGTH}
        return [_fault(text, "password_too_long")]
    return []


def _class_faults(password: str) -> list[ValidationError]:
    classes = (
        (str.isupper, _("Use an upper-case letter, or 15 characters."), "password_no_upper"),
        (str.islower, _("Use a lower-case letter, or 15 characters."), "password_no_lower"),
        (str.isdigit, _("Use a digit, or 15 characters."), "password_no_digit"),
        (_is_special, _("Use a special character, or 15 characters."), "password_no_special"),
    )
    return [_fault(text, code) for test, text, code in classes if not any(map(test, password))]


def _is_special(character: str) -> bool:
    return not character.isalnum()


@cache
def blocklist() -> frozenset[str]:
    """The 20,000 most common of breached passwords, lower case, as Django ships them."""
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def is_common(password: str) -> bool:
    """On the list, as it is or in the usual disguise.

    `P@ssw0rd!2024` and `passwordpassword` are `password`.
    """
    folded = password.casefold()
    guises = {guise for text in (folded, _repeated(folded)) for guise in _guises(text)}
    return any(len(guise) >= NEAR and guise in blocklist() for guise in guises) or (
        len(set(folded)) <= 3  # noqa: PLR2004  aaaaaaaa, abababab
    )


def _guises(folded: str) -> set[str]:
    plain, bare = folded.translate(_LEET), _EDGES.sub("", folded)
    return {folded, plain, bare, _EDGES.sub("", plain), bare.translate(_LEET)}


def _repeated(text: str) -> str:
    """What a text says again and again, the last time perhaps in part; itself if it does not."""
    for length in range(1, len(text) * 2 // 3 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


def _is_near(password: str, names: Iterable[str]) -> bool:
    """Little is left when the person's and the service's names are taken out."""
    folded = password.casefold()
    rest, plain = folded, folded.translate(_LEET)
    for part in sorted(_parts([*names, settings.BRAND_NAME]), key=len, reverse=True):
        rest = rest.replace(part, "")
        plain = plain.replace(part, "")
    is_named = len(rest) < len(folded) or len(plain) < len(folded)
    return is_named and min(_weight(rest), _weight(plain)) < REMAINDER


def _parts(names: Iterable[str]) -> set[str]:
    """`ada.lovelace@example.org` is near with and without its domain, and so is `lovelace`."""
    parts = set()
    for name in names:
        local = name.casefold().partition("@")[0]
        parts |= {name.casefold(), local, *_WORDS.split(local)}
    return {part for part in parts if len(part) >= NEAR}


def _weight(rest: str) -> float:
    """A year and an exclamation mark beside a name are easier to guess than another word."""
    return sum(1 if character.isalpha() else 0.5 for character in rest)


def _fault(text: str, code: str) -> ValidationError:
    return ValidationError(text, code=code)
