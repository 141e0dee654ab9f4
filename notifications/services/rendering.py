"""An outbox row as a mail: subject, text and HTML from three templates."""

from __future__ import annotations

import re
from email.utils import getaddresses, parseaddr
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.utils import translation

_GAPS: Final = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    """The text without control characters and line breaks, which would forge a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def compose(
    row_id: UUID, mail: str, *, to: str, language: str, context: dict[str, Any]
) -> EmailMultiAlternatives:
    """The mail, in the given language, to exactly one address.

    The Message-ID comes from the row: a mail that leaves twice, because a worker died between
    sending and noting it, is one mail to whoever compares them.
    Raises ValueError for anything but one address, and whatever a template raises.
    """
    if [address for _, address in getaddresses([to])] != [to]:
        raise ValueError("Not one address.")
    language = language or settings.LANGUAGE_CODE
    values = {
        **context,
        "brand_name": settings.BRAND_NAME,
        "brand_color": settings.BRAND_COLOR,
        "home": settings.LINK_BASE_URL,
        "language": language,
    }
    with translation.override(language):
        subject = one_line(_rendered(f"emails/{mail}/subject.txt", values, autoescape=False))
        text = _rendered(f"emails/{mail}/body.txt", values, autoescape=False)
        html = _rendered(f"emails/{mail}/body.html", values | {"subject": subject}, autoescape=True)
    message = EmailMultiAlternatives(
        subject,
        _GAPS.sub("\n\n", text).strip() + "\n",
        to=[to],
        headers={
            "Message-ID": f"<{row_id}@{_domain()}>",
            # Out-of-office replies and the like stay away (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": language,
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def _rendered(template: str, values: dict[str, Any], *, autoescape: bool) -> str:
    found = Engine.get_default().get_template(template)
    return found.render(Context(values, autoescape=autoescape))


def _domain() -> str:
    """The sender's, so that no machine's name gets out."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
