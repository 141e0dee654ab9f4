"""What all mails share: their links, how long those live, and how values become text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import ngettext

from config.common.errors import Text
from notifications.services import outbox
from notifications.services.recipients import Recipient, language_of
from notifications.services.rendering import one_line

Value = Text | int | datetime | Sequence[Text] | None


class Page(StrEnum):
    """The pages that mails link to."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105  the name of a page
    ACCEPT_INVITATION = "accept-invitation"
    UNLOCK = "unlock"
    CONFIRM_EMAIL = "confirm-email"
    UNDO_EMAIL = "undo-email"
    NOT_ME = "not-me"


# What the mails promise. The tokens' own lifetimes must be no shorter; a test compares them.
LIFETIMES: Final[dict[Page, timedelta]] = {
    Page.VERIFY_EMAIL: timedelta(hours=24),
    Page.RESET_PASSWORD: timedelta(hours=1),
    Page.ACCEPT_INVITATION: timedelta(days=7),
    Page.UNLOCK: timedelta(hours=24),
    Page.CONFIRM_EMAIL: timedelta(hours=24),
    Page.UNDO_EMAIL: timedelta(days=7),
    Page.NOT_ME: timedelta(days=7),
}

# What mail programs make a link of, in a text that whoever signs up may choose freely.
_LINKISH: Final = re.compile(r"\w[.\u3002\uff0e]\w{2}|[/\\:@]")
_NO_LINK: Final = str.maketrans(dict.fromkeys("./\\:@\u3002\uff0e", " "))


def link(page: str, token: str) -> str:
    """The address that a mail's button opens. Never made from a request's Host header."""
    return f"{settings.LINK_BASE_URL}/{page}?{urlencode({'token': token})}"


def lifetime(page: Page) -> str:
    """`24 hours` or `7 days`, in the active language."""
    hours = int(LIFETIMES[page].total_seconds()) // 3600
    days, rest = divmod(hours, 24)
    if days > 1 and not rest:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def instant(moment: datetime) -> str:
    """A time in UTC that says so, in the active language."""
    utc = moment.astimezone(UTC)
    return f"{date_format(utc, 'DATE_FORMAT')}, {date_format(utc, 'H:i')} UTC"


def unlinked(text: str) -> str:
    """A name on one line that no mail program turns into a link.

    Anybody may sign up with somebody else's address and a name of their choice; our mail must not
    carry their advertisement.
    """
    line = one_line(text)
    return " ".join(line.translate(_NO_LINK).split()) if _LINKISH.search(line) else line


def tell(
    mail: str,
    user: Recipient,
    *,
    to: str = "",
    page: Page | None = None,
    token: str = "",
    **values: Value,
) -> None:
    """Queue one mail to the person, in the caller's transaction.

    to: where it goes, if not to the account's own address.
    page, token: the button's link; a page alone tells how long such a link lives.
    """
    language = language_of(user)
    with translation.override(language):
        context = {
            "name": unlinked(user.first_name) or user.username,
            "when": instant(timezone.now()),
            **{key: _plain(value) for key, value in values.items()},
        }
        if page:
            context["lives"] = lifetime(page)
        if page and token:
            context["link"] = link(page, token)
    outbox.enqueue(mail, to=to or user.email, user_id=user.pk, language=language, context=context)


def _plain(value: Value) -> str | int | list[str] | None:
    """What JSON can hold, with lazy texts and times in the active language."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one_line(str(item)) for item in value]
    return one_line(str(value))
