"""POST /account/reactivate and POST /account/recover: two ways back, one rule."""

import pytest

from accounts.models import User
from audit.models import AuditEntry
from notifications.models import Notification
from tests.accounts.authenticator import WRONG, turned_on
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory

WAYS = [
    pytest.param(("reactivate", "deactivated", "ACCOUNT_REACTIVATED"), id="reactivate"),
    pytest.param(("recover", "deleted", "ACCOUNT_RECOVERED"), id="recover"),
]


@pytest.fixture(params=WAYS)
def way(request):
    """The call's path, the trait of who needs it, the entry that it leaves."""
    path, trait, action = request.param
    return f"account/{path}", UserFactory(**{trait: True}), action


def test_the_owner_comes_back_and_is_told(api, way, mails):
    path, user, action = way

    answer = api.post(path, {"email": user.email.upper(), "password": PASSWORD})

    assert code_of(answer) == (200, "")
    assert api.sign_in(user).status_code == 200
    entry = AuditEntry.objects.get(action=action)
    assert (entry.user_id, entry.actor_id) == (user.pk, user.pk)
    assert mails()[0].to == [user.email]
    assert Notification.objects.filter(user=user, type="ACCOUNT_UPDATE").count() == 1


def test_it_signs_nobody_in(api, way):
    path, user, _action = way

    answer = api.post(path, {"email": user.email, "password": PASSWORD})

    assert "data" not in answer.data
    assert not user.sessions.exists()


def test_a_second_time_is_refused(api, way):
    path, user, action = way
    body = {"email": user.email, "password": PASSWORD}
    api.post(path, body)

    again = api.post(path, body)

    assert again.status_code == 400
    assert again.data["code"] in {"ALREADY_ACTIVE", "NOT_DELETED"}
    assert AuditEntry.objects.filter(action=action).count() == 1


def test_unknown_and_wrong_look_alike_in_words_and_work(api, way):
    path, user, _action = way

    with counted() as known:
        wrong = api.post(path, {"email": user.email, "password": "Wrong-Horse9"})
    with counted() as stranger:
        unknown = api.post(path, {"email": "nobody@example.org", "password": "Wrong-Horse9"})

    assert code_of(wrong) == code_of(unknown) == (401, "INVALID_CREDENTIALS")
    assert wrong.data["message"] == unknown.data["message"]
    assert known.cost == stranger.cost


def test_a_code_is_asked_for_where_a_factor_is_on(api, way):
    path, user, _action = way
    app = turned_on(user)
    body = {"email": user.email, "password": PASSWORD}

    without = api.post(path, body)
    wrong = api.post(path, {**body, "code": WRONG})
    right = api.post(path, {**body, "code": app.code()})

    assert code_of(without) == (401, "TWO_FACTOR_REQUIRED")
    assert code_of(wrong) == (400, "INVALID_CODE")
    assert code_of(right) == (200, "")


def test_failures_lock_the_account_for_logins_too(api, way):
    path, user, _action = way

    for _ in range(5):
        api.post(path, {"email": user.email, "password": "Wrong-Horse9"})

    right = {"email": user.email, "password": PASSWORD}
    assert code_of(api.post(path, right)) == (401, "ACCOUNT_LOCKED")
    login = api.post("auth/login", {"identifier": user.username, "password": PASSWORD})
    assert code_of(login) == (401, "ACCOUNT_LOCKED")


def test_a_name_that_nobody_has_is_locked_alike(api, way):
    path, _user, _action = way
    body = {"email": "nobody@example.org", "password": "Wrong-Horse9"}

    for _ in range(5):
        api.post(path, body)

    assert code_of(api.post(path, body)) == (401, "ACCOUNT_LOCKED")


def test_a_temporary_password_that_ran_out_opens_nothing(api, way, clock):
    path, user, _action = way
    User.objects.filter(pk=user.pk).update(temporary_until=user.created_at)
    clock.shift(7200)

    answer = api.post(path, {"email": user.email, "password": PASSWORD})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")


def test_what_the_password_does_not_prove_is_not_told(api, way):
    path, user, _action = way
    User.objects.filter(pk=user.pk).update(suspended_at=user.created_at)

    answer = api.post(path, {"email": user.email, "password": "Wrong-Horse9"})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("body", [{}, {"email": "x", "password": "y"}, {"email": "a@b.c"}])
def test_malformed_bodies_are_refused(api, way, body):
    path, _user, _action = way

    assert code_of(api.post(path, body)) == (422, "VALIDATION_FAILED")
