"""What holds for the whole house, whatever is built into it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import get_resolver

from config.common.api.permissions import FreshProof, Public
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiViewSet
from config.common.errors import DomainError, rules
from config.common.models import OF_PACKAGES, Erasure, PersonalData
from config.env import BASE_DIR
from tests.config.routes import calls, names, plain_paths

CALLS = calls()
CLOSED = [call for call in CALLS if not (call.operation and call.operation.is_public)]
APPS = ("config", "accounts", "rbac", "audit", "notifications")

# Whoever may be called by nobody in particular. A new line here is a decision.
PUBLIC = {
    "POST auth/register",
    "POST auth/login",
    "POST auth/refresh",
    "POST auth/logout",
    "GET auth/verify-email",
    "POST auth/verify-email",
    "POST auth/resend-verification",
    "POST auth/forgot-password",
    "POST auth/reset-password",
    "GET auth/check-email",
    "GET auth/check-username",
    "POST auth/unlock",
    "POST auth/not-me",
    "POST 2fa/verify",
    "GET users/{username}",
    "POST account/reactivate",
    "POST account/recover",
    "POST account/confirm-email",
    "POST account/undo-email-change",
}
# Where a session that is signed in is not enough: it must have proved itself lately.
FRESH = {
    "POST 2fa/setup",
    "POST 2fa/enable",
    "GET account/export",
    "POST roles/user/{userId}/grants",
    "DELETE roles/user/{userId}/grants/{grantId}",
    "PATCH admin/settings",
    "POST admin/users/{userId}/impersonate",
}
# Calls whose answer holds an access token. Nothing else may open a session or prolong one.
GIVES_TOKENS = {
    "POST auth/login",
    "POST auth/refresh",
    "POST 2fa/verify",
    "POST admin/users/{userId}/impersonate",
}
# And who makes the rows.
OPENS_SESSIONS = {"accounts/services/login.py", "accounts/services/impersonation.py"}


def by_name(listed: Any) -> set[str]:
    return set(names(list(listed)))


@pytest.mark.parametrize("call", CALLS, ids=names(CALLS))
def test_every_call_is_described(call):
    assert issubclass(call.view, ApiViewSet)
    assert call.operation, "an action without @operation is closed to everybody"
    assert call.operation.summary


@pytest.mark.parametrize("call", CLOSED, ids=names(CLOSED))
def test_a_stranger_is_refused(api, call):
    response = api.call(call.method, call.url, call.operation.body_example or {})

    assert response.status_code == 401
    assert response.data["code"] == "NOT_AUTHENTICATED"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("call", CLOSED, ids=names(CLOSED))
def test_so_is_who_brings_a_token_of_their_own_making(api, call):
    response = api.call(call.method, call.url, {}, HTTP_AUTHORIZATION="Bearer a.b.c")

    assert response.status_code == 401
    assert response.data["code"] == "TOKEN_INVALID"


@pytest.mark.parametrize("call", CLOSED, ids=names(CLOSED))
def test_no_cookie_opens_the_api(client, django_user_model, owner, call):
    client.force_login(owner)

    response = getattr(client, call.method.lower())(call.url)

    assert response.status_code == 401


def test_the_public_calls_are_these():
    assert by_name(call for call in CALLS if call.operation.is_public) == PUBLIC
    assert by_name(call for call in CALLS if Public in call.operation.permissions) == PUBLIC


def test_the_documents_are_public_and_nothing_else_is_outside_of_the_rules():
    assert sorted(plain_paths()) == ["/api/v1", "/api/v1/docs", "/api/v1/schema"]


def test_fresh_proof_is_asked_for_by_these():
    assert by_name(call for call in CALLS if FreshProof in call.operation.permissions) == FRESH


def test_an_undescribed_action_is_closed_to_everybody(client, client_for, owner, monkeypatch):
    call = next(call for call in CALLS if call.path == "/api/v1/users/profile")
    monkeypatch.delattr(getattr(call.view, call.action), "operation")

    mine = client.get(call.url, headers={"Authorization": f"Bearer {client_for(owner).token}"})
    nobodys = client.get(call.url)

    assert mine.status_code == 403
    assert nobodys.status_code == 401


def fields_of(serializer: Any) -> set[str]:
    """All names in an answer, however deep."""
    instance = serializer() if isinstance(serializer, type) else serializer
    found = set()
    for name, field in getattr(instance, "fields", {}).items():
        found |= {name} | fields_of(getattr(field, "child", field))
    return found


def test_no_two_shapes_on_the_wire_share_a_name():
    """The schema knows a shape by its name alone: of two, one would stand for both."""
    open_, found = [WireSerializer], set()
    while open_:
        found |= set(open_[-1].__subclasses__())
        open_ += open_.pop().__subclasses__()
    listed = Counter(one.__name__ for one in found if one.__module__.split(".")[0] in APPS)

    assert {name: count for name, count in listed.items() if count > 1} == {}


def test_tokens_are_given_by_these_calls_alone():
    giving = {
        call.name
        for call in CALLS
        for answer in [call.operation.answer, *call.operation.answers.values()]
        if answer is not None and "accessToken" in fields_of(answer)
    }

    assert giving == GIVES_TOKENS


def test_sessions_are_opened_in_one_place():
    def opens(path: Path) -> bool:
        return any(
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) == "open_session"
            for node in ast.walk(ast.parse(path.read_text()))
        )

    found = {
        str(path.relative_to(BASE_DIR))
        for app in APPS
        for path in (BASE_DIR / app).rglob("*.py")
        if opens(path)
    }

    assert found == OPENS_SESSIONS


def relations() -> list[tuple[type[Any], Any]]:
    """Every field of every model that points at a user, those of packages and links included."""
    user = get_user_model()
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields(include_hidden=True)
        if field.is_relation
        and field.related_model is user
        and not field.auto_created
        and not model._meta.proxy
    ]


def declared(model: type[Any], field: Any) -> PersonalData | None:
    own: PersonalData | None = getattr(model, "personal_data", {}).get(field.name)
    return own or OF_PACKAGES.get(f"{model._meta.label}.{field.name}")


def test_there_are_relations_to_look_at():
    assert len(relations()) > 10


@pytest.mark.parametrize(
    ("model", "field"), relations(), ids=[f"{m._meta.label}.{f.name}" for m, f in relations()]
)
def test_every_relation_to_a_person_says_what_erasure_and_export_do_with_it(model, field):
    said = declared(model, field)

    assert said is not None, "declare it in personal_data, or in OF_PACKAGES"
    if said.erasure is Erasure.KEEP or said.export is None:
        assert said.reason
    if said.erasure is Erasure.ANONYMISE:
        assert field.null or not getattr(field, "db_constraint", True)


def test_nothing_is_declared_that_is_not_there():
    labels = {f"{model._meta.label}.{field.name}" for model, field in relations()}
    own = {
        f"{model._meta.label}.{name}"
        for model in apps.get_models(include_auto_created=True)
        for name in getattr(model, "personal_data", {})
    }

    assert own - labels == set()
    assert set(OF_PACKAGES) - labels == set()


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def known_rules() -> list[type[DomainError]]:
    """Every error of the house. The resolver has imported whatever can raise one."""
    assert get_resolver().url_patterns
    return [rule for rule in rules() if rule.__module__.split(".")[0] in APPS]


def test_every_rule_has_a_code_of_its_own():
    """The same code may come with another status (a token in a header, one in a link)."""
    told = Counter((rule.code, rule.status) for rule in known_rules() if "code" in vars(rule))

    assert {code: count for code, count in told.items() if count > 1} == {}


@pytest.mark.parametrize("rule", known_rules(), ids=[rule.__name__ for rule in known_rules()])
def test_a_rule_can_be_told(rule):
    assert rule.code == rule.code.upper()
    assert rule.status in {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
    assert str(rule.message).endswith(".")
