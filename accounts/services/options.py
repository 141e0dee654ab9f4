"""What staff may set while the program runs: eight options, each with its kind and its bounds.

An option reads what JSON says, on the wire and in the database alike, and writes it back as the
environment spells it. What counts at the moment is for `policy.py` to say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import env
from config.common.errors import Text
from config.common.times import compact

T = TypeVar("T")


class Refused(ValueError):
    """Not a value of this option. Carries a text for people and a code for programs."""

    def __init__(self, message: Text, code: str) -> None:
        super().__init__(code)
        self.message = message
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Option(ABC, Generic[T]):
    """name: of the row and in Python; field: on the wire; description: for people.

    variable: what holds while nothing is set, as the environment and Django's settings call it;
    where there is none, it is `otherwise`. unit: what a number counts, "" for what is none.
    """

    kind: ClassVar[str]

    name: str
    field: str
    description: Text
    variable: str = ""
    otherwise: T | None = None
    unit: Text = ""

    @abstractmethod
    def read(self, given: Any) -> T:
        """The value that JSON means by this. Raises Refused."""

    def written(self, value: T) -> Any:
        """The same for JSON."""
        return value

    def bounds(self) -> dict[str, Any]:
        """What a value has to keep to, for JSON."""
        return {}

    def fallback(self) -> T:
        """What holds while nothing is set."""
        value: Any = getattr(settings, self.variable) if self.variable else self.otherwise
        held: T = value
        return held

    @property
    def is_from_environment(self) -> bool:
        """Does the environment say what holds while nothing is set, or the program?"""
        return bool(self.variable) and env.is_given(self.variable)

    @property
    def is_implied(self) -> bool:
        """Has a setting of the environment decided, so that there is nothing to set?"""
        return False


@dataclass(frozen=True, kw_only=True)
class Flag(Option[bool]):
    """implied_by: a setting of Django's that turns it on, whatever is set here."""

    kind = "boolean"
    implied_by: str = ""

    def read(self, given: Any) -> bool:
        if not isinstance(given, bool):
            raise Refused(_("Say true or false."), "invalid")
        return given

    @property
    def is_implied(self) -> bool:
        return bool(self.implied_by) and bool(getattr(settings, self.implied_by))


@dataclass(frozen=True, kw_only=True)
class Number(Option[int]):
    """A whole number from least to most."""

    kind = "integer"
    least: int
    most: int

    def read(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool):
            raise Refused(_("Give a whole number."), "invalid")
        if given < self.least:
            text = _("Give at least %(least)s.") % {"least": self.least}
            raise Refused(text, "min_value")
        if given > self.most:
            text = _("Give at most %(most)s.") % {"most": self.most}
            raise Refused(text, "max_value")
        return given

    def bounds(self) -> dict[str, Any]:
        return {"minimum": self.written(self.least), "maximum": self.written(self.most)}


@dataclass(frozen=True, kw_only=True)
class Choice(Option[str]):
    """One of some words."""

    kind = "choice"
    choices: tuple[str, ...]

    def read(self, given: Any) -> str:
        if not isinstance(given, str) or given not in self.choices:
            text = _("Say one of these: %(choices)s.") % {"choices": ", ".join(self.choices)}
            raise Refused(text, "invalid_choice")
        return given

    def bounds(self) -> dict[str, Any]:
        return {"choices": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class Duration(Option[timedelta]):
    """A time as the environment spells it: `90s`, `15m`, `12h`, `30d`."""

    kind = "duration"
    unit: Text = "s, m, h, d"
    least: timedelta
    most: timedelta

    def read(self, given: Any) -> timedelta:
        try:
            value = env.span(given)
        except (TypeError, ValueError) as error:
            raise Refused(_("Give a time such as 90s, 15m, 12h or 30d."), "invalid") from error
        if value < self.least:
            text = _("Give at least %(least)s.") % {"least": self.written(self.least)}
            raise Refused(text, "min_value")
        if value > self.most:
            text = _("Give at most %(most)s.") % {"most": self.written(self.most)}
            raise Refused(text, "max_value")
        return value

    def written(self, value: timedelta) -> str:
        return compact(int(value.total_seconds()))

    def bounds(self) -> dict[str, Any]:
        return {"minimum": self.written(self.least), "maximum": self.written(self.most)}


REGISTRATION_OPEN: Final = Flag(
    name="registration_open",
    field="registrationOpen",
    variable="REGISTRATION_OPEN",
    description=gettext_lazy("Anybody may sign up. If not, staff invite people."),
)
REQUIRE_VERIFIED_EMAIL: Final = Flag(
    name="require_verified_email",
    field="requireVerifiedEmail",
    variable="REQUIRE_VERIFIED_EMAIL",
    implied_by="PREVENT_ENUMERATION",
    description=gettext_lazy(
        "Nobody signs in before the email address is confirmed. Always so with PREVENT_ENUMERATION."
    ),
)
PASSWORD_POLICY: Final = Choice(
    name="password_policy",
    field="passwordPolicy",
    variable="PASSWORD_POLICY",
    choices=("composition", "length"),
    description=gettext_lazy(
        "What a new password has to be. composition: 8 characters of four classes, or 15 of any. "
        "length: 15 of any, or 8 with a second factor."
    ),
)
LOCKOUT_THRESHOLD: Final = Number(
    name="lockout_threshold",
    field="lockoutThreshold",
    variable="LOCKOUT_THRESHOLD",
    least=1,
    most=100,
    unit=gettext_lazy("failures"),
    description=gettext_lazy("After so many failures in a row an account is locked from there."),
)
LOCKOUT_DURATION: Final = Duration(
    name="lockout_duration",
    field="lockoutDuration",
    variable="LOCKOUT_DURATION",
    least=timedelta(minutes=1),
    most=timedelta(days=1),
    description=gettext_lazy("How long the first lock lasts. The next ones double it twice."),
)
SESSION_LIFETIME: Final = Duration(
    name="session_lifetime",
    field="sessionLifetime",
    variable="SESSION_LIFETIME",
    least=timedelta(minutes=5),
    most=timedelta(days=365),
    description=gettext_lazy(
        "The longest that a session lasts, however busy. Holds for sign-ins from now on."
    ),
)
IMPERSONATION_REASON_REQUIRED: Final = Flag(
    name="impersonation_reason_required",
    field="impersonationReasonRequired",
    otherwise=False,
    description=gettext_lazy("Who acts in somebody's place has to say why."),
)
AUDIT_RETENTION_DAYS: Final = Number(
    name="audit_retention_days",
    field="auditRetentionDays",
    variable="AUDIT_RETENTION_DAYS",
    least=1,
    most=36500,
    unit=gettext_lazy("days"),
    description=gettext_lazy("How long audit entries are kept."),
)

OPTIONS: Final[tuple[Option[Any], ...]] = (
    REGISTRATION_OPEN,
    REQUIRE_VERIFIED_EMAIL,
    PASSWORD_POLICY,
    LOCKOUT_THRESHOLD,
    LOCKOUT_DURATION,
    SESSION_LIFETIME,
    IMPERSONATION_REASON_REQUIRED,
    AUDIT_RETENTION_DAYS,
)
