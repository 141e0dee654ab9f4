"""A link for a new password, for whoever may have one."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password

from accounts.models import User
from audit.models import AuditEntry
from notifications.models import OutboxMail
from tests.accounts.work import counted
from tests.factories import UserFactory

NEW = "Another-Horse8"


@pytest.fixture
def forgot(api):
    return lambda address: api.post("auth/forgot-password", {"email": address})


@pytest.fixture
def reset(api):
    def send(token, password=NEW, **body):
        given = {"token": token, "password": password, "confirmPassword": password, **body}
        return api.post("auth/reset-password", given, HTTP_AUTHORIZATION="")

    return send


@pytest.fixture
def link(forgot, link_token):
    def of(user):
        forgot(user.email)
        return link_token("reset-password", to=user.email)

    return of


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    "who", ["active", "unverified", "deactivated", "deleted", "suspended", "nobody"]
)
@pytest.mark.parametrize("call", ["auth/forgot-password", "auth/resend-verification"])
def test_every_address_gets_one_answer_for_one_amount_of_work(api, call, who):
    known = UserFactory(unverified=True)
    traits = {} if who in {"active", "nobody"} else {who: True}
    address = "nobody@example.org" if who == "nobody" else UserFactory(**traits).email

    for _ in range(2):
        with counted() as for_known:
            expected = api.post(call, {"email": known.email})
        with counted() as for_other:
            answer = api.post(call, {"email": address})

        assert answer.status_code == expected.status_code == 200
        assert answer.content == expected.content
        assert for_other.cost == for_known.cost


@pytest.mark.parametrize("state", ["deactivated", "deleted"])
def test_a_closed_account_may_choose_a_password_and_stays_closed(link, reset, state):
    user = UserFactory(**{state: True})

    answer = reset(link(user))

    assert answer.status_code == 200
    assert check_password(NEW, fresh(user).password)
    assert getattr(fresh(user), f"{state}_at") is not None


def test_a_suspended_person_is_told_so_and_gets_no_link(forgot, mails):
    user = UserFactory(suspended=True)

    forgot(user.email)

    [message] = mails()
    assert message.to == [user.email]
    assert "token=" not in message.body
    assert "suspended" in message.body


def test_nobody_is_mailed_at_an_unknown_address(forgot, mails):
    forgot("nobody@example.org")

    assert mails() == []
    assert not OutboxMail.objects.exists()  # the decoy is gone too


def test_asking_is_an_entry_without_the_unknown_address(forgot, owner):
    forgot(owner.email.upper())
    forgot("nobody@example.org")

    known, unknown = AuditEntry.objects.filter(action="PASSWORD_RESET_REQUESTED").order_by("pk")
    assert (known.user_id, known.actor_id) == (owner.pk, None)
    assert unknown.user_id is None
    assert set(unknown.details) == {"nameHash"}
    assert "nobody" not in str(unknown.details)


def test_a_link_ends_no_session_by_being_asked_for(forgot, client_for, owner):
    device = client_for(owner)

    forgot(owner.email)

    assert device.get("users/profile").status_code == 200


@pytest.mark.parametrize("address", ["", "ada", "a@", None, 7, "a" * 250 + "@x.de"])
def test_what_is_no_address(api, address):
    assert api.post("auth/forgot-password", {"email": address}).status_code == 422
