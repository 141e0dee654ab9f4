"""What every test may ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.models.session import Kind as SessionKind
from accounts.selectors import browsers
from accounts.services import sessions
from config import health
from config.common.request_meta import RequestMeta
from notifications.services import outbox
from tests.config import documented
from tests.factories import PASSWORD, UserFactory


class ApiClient(Client):
    """Speaks JSON to `/api/v1`, as one signed-in device or as nobody.

    `api.post("auth/login", {...})`; the answer's `.data` is the envelope.
    """

    token = ""
    refresh_token = ""
    session_id = ""
    device_token = ""

    def call(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        if self.token and "HTTP_AUTHORIZATION" not in extra:
            extra["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        url = path if path.startswith("/") else f"/api/v1/{path}"
        if body is not None and method != "GET":
            extra.setdefault("content_type", "application/json")
        response = getattr(super(), method.lower())(url, body, **extra)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        response.data = response.json() if is_json and not response.streaming else None
        documented.check(method, url, response)
        return response

    def get(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        return self.call("GET", path, data, **extra)

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        return self.call("POST", path, {} if data is None else data, **extra)

    def put(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        return self.call("PUT", path, {} if data is None else data, **extra)

    def patch(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        return self.call("PATCH", path, {} if data is None else data, **extra)

    def delete(self, path: str, data: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        # Django's client would send the word "None".
        return self.call("DELETE", path, "" if data is None else data, **extra)

    def sign_in(self, user: User, password: str = PASSWORD, **body: Any) -> Any:
        """Log in over HTTP and keep the tokens."""
        given = {"identifier": user.email, "password": password, **body}
        response = self.post("auth/login", given, HTTP_AUTHORIZATION="")
        assert response.status_code == 200, response.data
        data = response.data["data"]
        if "tokens" in data:
            self.token = data["tokens"]["accessToken"]
            self.refresh_token = data["tokens"]["refreshToken"]
            self.session_id = data["session"]["id"]
            self.device_token = data["deviceToken"]
        return response


class PageClient(Client):
    """A browser. `force_login` makes what a login makes: a Session row that the cookie names."""

    def force_login(self, user: User, backend: str | None = None) -> None:
        session = sessions.open_session(
            user, meta=RequestMeta(ip="127.0.0.1"), kind=SessionKind.BROWSER
        )
        held = self.session
        held[SESSION_KEY] = str(user.pk)
        held[browsers.SESSION] = str(session.pk)
        held.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = held.session_key


@pytest.fixture
def client(db: None) -> PageClient:
    """A browser in which nobody is signed in, until `client.force_login(user)`."""
    return PageClient()


@pytest.fixture
def api(db: None) -> ApiClient:
    """Nobody, until `api.sign_in(user)`."""
    return ApiClient()


@pytest.fixture
def client_for(db: None) -> Callable[[User], ApiClient]:
    """Another signed-in device: `client_for(stranger)`."""

    def sign_in(user: User, **body: Any) -> ApiClient:
        client = ApiClient()
        client.sign_in(user, **body)
        return client

    return sign_in


@pytest.fixture
def owner(db: None) -> User:
    """Somebody to whom things belong."""
    return UserFactory(username="owner_of_it")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody to whom they do not."""
    return UserFactory(username="stranger")


@pytest.fixture
def mails(db: None) -> Callable[[], list[EmailMessage]]:
    """Delivers what is queued and returns all that was sent so far."""

    def deliver() -> list[EmailMessage]:
        while outbox.deliver_due(limit=100).sent:
            pass
        return list(mail.outbox)

    return deliver


@pytest.fixture
def link_token(mails: Callable[[], list[EmailMessage]]) -> Callable[..., str]:
    """The token of the newest mail's link to a page: `link_token("verify-email")`."""

    def find(page: str, to: str = "") -> str:
        for message in reversed(mails()):
            found = re.search(rf"/{page}\?token=([\w-]+)", str(message.body))
            if found and (not to or message.to == [to]):
                return found[1]
        raise AssertionError(f"No mail with a link to {page}.")

    return find


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Counters, health results and a language are the process's; each test starts without."""
    yield
    # What a request activates stays until the next one in this thread.
    translation.deactivate()
    for cache in caches.all(initialized_only=True):
        if isinstance(cache, LocMemCache):
            cache.clear()
    health.forget()
