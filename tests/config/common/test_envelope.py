"""Every answer stands in one envelope, under one request id."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils.functional import lazy
from django.utils.translation import get_language

from accounts.api.login import LoginViewSet
from config.common.errors import Busy, FieldError

ERROR = {"success", "message", "statusCode", "code", "requestId"}
KEPT = ["abcdefgh", "a" * 128, "Aa0._-Aa0", "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"]
REPLACED = [
    "",
    "short",
    "a" * 129,
    "with blank",
    "umlaut-ä-ö",
    "semi;colon",
    "new\nline-id",
    "x" * 999,
]


def raising(monkeypatch, error):
    def handler(*_args, **_kwargs):
        raise error

    handler.operation = LoginViewSet.login.operation
    monkeypatch.setattr(LoginViewSet, "login", handler)


def test_success_says_so_with_words_and_data(api, owner):
    response = api.sign_in(owner)

    assert set(response.data) == {"success", "message", "data"}
    assert response.data["success"] is True
    assert response.data["message"]


def test_an_answer_without_data_has_no_such_key(api):
    response = api.post("auth/logout")

    assert set(response.data) == {"success", "message"}


def test_an_error_holds_what_the_contract_names(api):
    response = api.get("users/profile")

    assert set(response.data) == ERROR
    assert response.data["success"] is False
    assert response.data["statusCode"] == response.status_code == 401
    assert response.data["code"] == "NOT_AUTHENTICATED"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_field_faults_are_listed_only_where_there_are_some(api):
    response = api.post("auth/register", {})

    assert set(response.data) == ERROR | {"errors"}


def test_data_beside_an_error_is_what_the_rule_gives(api, monkeypatch):
    raising(monkeypatch, Busy(data={"left": 2}, errors=[FieldError("a", "b", "c")], retry_after=7))

    response = api.post("auth/login")

    assert response.status_code == 503
    assert response.data["data"] == {"left": 2}
    assert response.data["errors"] == [{"field": "a", "message": "b", "code": "c"}]
    assert response.headers["Retry-After"] == "7"


def test_a_bug_is_a_500_that_tells_nothing(api, monkeypatch):
    raising(monkeypatch, RuntimeError("the password is hunter2"))
    api.raise_request_exception = False

    response = api.post("auth/login")

    assert response.status_code == 500
    assert set(response.data) == ERROR
    assert response.data["code"] == "INTERNAL_ERROR"
    assert "hunter2" not in response.content.decode()
    assert response.data["requestId"] == response.headers["X-Request-ID"]


def test_a_database_that_is_away_is_a_503_with_a_time(api, monkeypatch):
    raising(monkeypatch, OperationalError("connection refused"))

    response = api.post("auth/login")

    assert response.status_code == 503
    assert response.data["code"] == "DATABASE_UNAVAILABLE"
    assert int(response.headers["Retry-After"]) > 0
    assert "refused" not in response.content.decode()


def test_a_wait_is_never_shorter_than_a_second(api, monkeypatch):
    raising(monkeypatch, Busy(retry_after=0))

    response = api.post("auth/login")

    assert response.headers["Retry-After"] == "1"


def test_words_follow_the_language_that_was_asked_for(api, monkeypatch):
    monkeypatch.setattr(Busy, "message", lazy(get_language, str)())
    raising(monkeypatch, Busy())

    answers = [api.post("auth/login", HTTP_ACCEPT_LANGUAGE=asked) for asked in ("de-AT", "xx", "")]

    assert [answer.data["message"] for answer in answers] == ["de", "en", "en"]


@pytest.mark.parametrize("given", KEPT)
def test_a_callers_own_id_is_kept(api, given):
    response = api.get("users/profile", HTTP_X_REQUEST_ID=given)

    assert response.headers["X-Request-ID"] == given
    assert response.data["requestId"] == given


@pytest.mark.parametrize("given", REPLACED)
def test_an_id_that_does_not_fit_is_replaced(api, given):
    response = api.get("users/profile", HTTP_X_REQUEST_ID=given)

    made = response.headers["X-Request-ID"]
    assert UUID(made).version == 7
    assert response.data["requestId"] == made


def test_each_call_has_an_id_of_its_own(api):
    assert len({api.get("users/profile").data["requestId"] for _ in range(3)}) == 3


@pytest.mark.parametrize("path", ["/health", "/", "/api/v1", "/nothing-here", "/api/nothing"])
def test_every_kind_of_answer_names_its_id(api, path):
    response = api.get(path)

    assert re.fullmatch(r"[A-Za-z0-9._-]{8,128}", response.headers["X-Request-ID"])
