"""Development's mailbox: what was sent is printed, and kept in a folder for `/dev/mailbox`."""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage as Parsed
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend

from config.common.ids import uuid7

KEPT: Final = 200  # the newest; names of files grow with time
_NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it went out. name: of its file."""

    name: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    html: str


class MailboxBackend(EmailBackend):
    """Django's console backend, which keeps what it prints."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAILBOX or "")
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            # They hold links that work, and are for nobody else's eyes.
            file = folder / f"{uuid7().hex}.eml"
            file.touch(mode=0o600)
            file.write_bytes(message.message().as_bytes())
        for old in _files()[KEPT:]:
            old.unlink(missing_ok=True)
        return int(super().send_messages(email_messages) or 0)


def listed() -> list[Mail]:
    """What was sent, newest first."""
    return [_read(file) for file in _files()]


def one(name: str) -> Mail | None:
    """The mail of this name; None where there is none, and for what is no name of ours."""
    if not settings.MAILBOX or not _NAME.fullmatch(name):
        return None
    file = Path(settings.MAILBOX) / f"{name}.eml"
    return _read(file) if file.is_file() else None


def clear() -> None:
    for file in _files():
        file.unlink(missing_ok=True)


def _files() -> list[Path]:
    if not settings.MAILBOX:
        return []
    return sorted(Path(settings.MAILBOX).glob("*.eml"), reverse=True)


def _read(file: Path) -> Mail:
    # The modern policy decodes headers and bodies.
    message: Parsed = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    date: Any = message["date"]
    return Mail(
        name=file.stem,
        to=str(message["to"]),
        subject=str(message["subject"]),
        sent_at=date.datetime if date else None,
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: Parsed, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
