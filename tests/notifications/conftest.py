from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from notifications.models import OutboxMail
from notifications.services import outbox


@pytest.fixture
def make_person(db: None) -> Callable[..., Any]:
    def make(username: str = "anna", **fields: Any) -> Any:
        fields = {"email": f"{username}@example.com", "first_name": username.title(), **fields}
        return get_user_model().objects.create_user(username=username, **fields)

    return make


@pytest.fixture
def person(make_person: Callable[..., Any]) -> Any:
    return make_person()


class Server(BaseEmailBackend):
    """A mail server that fails as it is told, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: dict[str, Exception] = {}
        self.down: Exception | None = None
        self.while_sending: Callable[[], object] = lambda: None
        self.asked = 0
        self.opened = 0
        self.is_open = False
        self.took: list[EmailMessage] = []

    def open(self) -> bool:
        self.asked += 1
        if self.down:
            raise self.down
        self.opened += not self.is_open
        self.is_open = True
        return True

    def close(self) -> None:
        self.is_open = False

    def send_messages(self, email_messages):
        for message in email_messages:
            if error := self.refuses.get(message.to[0]):
                raise error
            self.took.append(message)
            self.while_sending()
        return len(email_messages)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(outbox, "get_connection", lambda: server)
    return server


@pytest.fixture
def queue(db: None) -> Callable[..., OutboxMail]:
    """One mail on its way, as a row."""

    def put(to: str = "anna@example.com", **fields: Any) -> OutboxMail:
        context = {"name": "Anna", "link": "https://house.example/x?token=sesame", "lives": "1 h"}
        outbox.enqueue("reset_password", to=to, context=context, **fields)
        return OutboxMail.objects.latest("id")

    return put
