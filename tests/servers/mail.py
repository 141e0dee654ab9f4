"""A mail server on the loopback that keeps what it is given, or refuses, or is slow."""

from __future__ import annotations

import asyncio
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.benchmarks.place import free_port
from tests.servers.process import until


class MailServer:
    """refuses: answer each mail with a passing failure; delay: seconds that each one takes."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.asked = 0
        self.refuses = False
        self.delay = 0.0
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.asked += 1
        if self.refuses:
            return "451 4.3.0 Later, please"
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        # A sender that dies meanwhile has sent nothing.
        await asyncio.sleep(self.delay)
        self.mails.append(message)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def wait_for(self, address: str, subject: str, *, seconds: float = 15) -> EmailMessage:
        """The newest mail to this address with this in its subject, once it has arrived."""

        def find() -> EmailMessage | None:
            found = [mail for mail in self.to(address) if subject in mail["Subject"]]
            return found[-1] if found else None

        mail: EmailMessage = until(find, seconds=seconds, what=f"mail {subject!r} to {address}")
        return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage) -> str:
    """The one link to a page that does something."""
    links = set(re.findall(r"https?://\S+\?token=[\w-]+", text_of(mail)))
    assert len(links) == 1, links
    return str(links.pop())


def token_in(mail: EmailMessage) -> str:
    return link_in(mail).partition("?token=")[2]
