"""What tests of accounts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from accounts.services import tokens
from config import env
from config.common import crypto
from config.settings.keys import secret_signer
from tests.conftest import ApiClient

HERE = "203.0.113.7"
# Ahead of the real clock, whatever the day: people made before it stops are older than it.
NOW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


@pytest.fixture
def clock() -> Iterator[Any]:
    """The time stands still at NOW; `clock.shift(60)` moves it on by a minute."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guess(api: ApiClient) -> Callable[..., Any]:
    """A login with a wrong password, `times` over; returns the last answer."""

    def wrong(
        name: str, *, times: int = 1, ip: str = HERE, password: str = "Wrong-Horse9", **body: Any
    ) -> Any:
        answer = None
        for _ in range(times):
            answer = api.post(
                "auth/login",
                {"identifier": name, "password": password, **body},
                REMOTE_ADDR=ip,
                HTTP_AUTHORIZATION="",
            )
        return answer

    return wrong


def code_of(answer: Any) -> tuple[int, str]:
    """Status and code: `(401, "ACCOUNT_LOCKED")`; an empty code for what went well."""
    return answer.status_code, answer.data.get("code", "")


@contextmanager
def _with_keys(**changed: Any) -> Iterator[None]:
    with override_settings(**changed):
        tokens.forget_keys()
        crypto.forget_keys()
        try:
            yield
        finally:
            tokens.forget_keys()
            crypto.forget_keys()
    tokens.forget_keys()
    crypto.forget_keys()


@pytest.fixture
def keys() -> Callable[..., AbstractContextManager[None]]:
    """Other secrets for a block, caches and all."""

    def changed(**secrets: Any) -> AbstractContextManager[None]:
        if "JWT_ACCESS_SECRETS" in secrets:
            secrets["JWT_SIGNER"] = secret_signer(secrets["JWT_ACCESS_SECRETS"], "jwt-access")
        if "SECRETS" in secrets:
            stretched = [env.stretch(secret, "django").hex() for secret in secrets["SECRETS"]]
            secrets |= {"SECRET_KEY": stretched[0], "SECRET_KEY_FALLBACKS": stretched[1:]}
        return _with_keys(**secrets)

    return changed
