from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import TrustedDevice, User
from tests.accounts.authenticator import WRONG, turned_on
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD

NEW = "new@example.net"
BODY = {"newEmail": NEW, "password": PASSWORD}


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


@pytest.fixture
def confirm_token(signed_in, link_token):
    signed_in.post("account/change-email", BODY)
    return link_token("confirm-email", to=NEW)


def test_a_request_answers_alike_for_a_free_and_a_taken_address(signed_in, stranger):
    free = signed_in.post("account/change-email", BODY)
    taken = signed_in.post("account/change-email", {**BODY, "newEmail": stranger.email})

    assert free.status_code == taken.status_code == 200
    assert free.content == taken.content


def test_a_wrong_password_asks_for_nothing_and_is_counted(signed_in, mails):
    for _ in range(5):
        wrong = signed_in.post("account/change-email", {**BODY, "password": "Wrong-Horse9"})
    right = signed_in.post("account/change-email", BODY)

    assert code_of(wrong) == (401, "INVALID_CREDENTIALS")
    assert code_of(right) == (401, "ACCOUNT_LOCKED")
    assert not [mail for mail in mails() if mail.to == [NEW]]


def test_a_second_factor_is_asked_for(api, owner, mails):
    api.sign_in(owner)
    app = turned_on(owner)

    without = api.post("account/change-email", BODY)
    wrong = api.post("account/change-email", {**BODY, "code": WRONG})
    right = api.post("account/change-email", {**BODY, "code": app.code()})

    assert code_of(without) == (401, "TWO_FACTOR_REQUIRED")
    assert code_of(wrong) == (400, "INVALID_CODE")
    assert right.status_code == 200
    assert [mail for mail in mails() if mail.to == [NEW]]


@pytest.mark.parametrize("address", ["", "no", "a@b", "a" * 250 + "@b.org", 5, None, "a@b.o\x01rg"])
def test_what_is_no_address_is_said_to_be_none(signed_in, address):
    answer = signed_in.post("account/change-email", {**BODY, "newEmail": address})

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert answer.data["errors"][0]["field"] == "newEmail"


def test_ones_own_address_is_a_fault_of_the_field(signed_in, owner):
    answer = signed_in.post("account/change-email", {**BODY, "newEmail": owner.email})

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert answer.data["errors"][0] == {
        "field": "newEmail",
        "message": "This is the address already.",
        "code": "unchanged",
    }


def test_a_spelling_of_the_new_address_is_kept_in_its_canonical_form(signed_in, owner, link_token):
    signed_in.post("account/change-email", {**BODY, "newEmail": " New@Example.NET "})
    signed_in.post("account/confirm-email", {"token": link_token("confirm-email", to=NEW)})

    assert User.objects.get(pk=owner.pk).email == NEW


def test_nobody_asks_without_a_token(api):
    assert code_of(api.post("account/change-email", BODY)) == (401, "NOT_AUTHENTICATED")


def test_the_session_that_confirms_goes_on_and_every_other_ends(
    signed_in, owner, client_for, confirm_token
):
    other = client_for(owner)
    TrustedDevice.objects.create(user=owner, device_id=owner.pk, expires_at="2999-01-01T00:00:00Z")

    answer = signed_in.post("account/confirm-email", {"token": confirm_token})

    assert answer.status_code == 200
    assert signed_in.get("users/profile").data["data"]["email"] == NEW
    assert code_of(other.get("users/profile")) == (401, "SESSION_REVOKED")
    assert not TrustedDevice.objects.exists()


def test_a_confirmation_from_a_device_that_is_not_signed_in_ends_all_sessions(
    signed_in, confirm_token, client
):
    answer = client.post(
        "/api/v1/account/confirm-email", {"token": confirm_token}, content_type="application/json"
    )

    assert answer.status_code == 200
    assert code_of(signed_in.get("users/profile")) == (401, "SESSION_REVOKED")


def test_a_confirmation_by_somebody_elses_session_ends_all_of_the_owners(
    signed_in, stranger, client_for, confirm_token
):
    other = client_for(stranger)
    before = timezone.now()

    answer = other.post("account/confirm-email", {"token": confirm_token})

    assert answer.status_code == 200
    assert other.get("users/profile").status_code == 200
    assert User.objects.get(email=NEW).sessions_valid_from > before
    assert code_of(signed_in.get("users/profile")) == (401, "SESSION_REVOKED")


def test_sign_in_goes_by_the_new_address_and_the_old_one_is_unknown(
    signed_in, owner, confirm_token
):
    signed_in.post("account/confirm-email", {"token": confirm_token})

    old = signed_in.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    new = signed_in.post("auth/login", {"identifier": NEW, "password": PASSWORD})

    assert code_of(old) == (401, "INVALID_CREDENTIALS")
    assert new.status_code == 200


@pytest.mark.parametrize("path", ["account/confirm-email", "account/undo-email-change"])
def test_a_forged_token_is_invalid_and_a_missing_one_a_fault(api, path):
    assert code_of(api.post(path, {"token": "forged"})) == (400, "TOKEN_INVALID")
    assert code_of(api.post(path, {})) == (422, "VALIDATION_FAILED")


def test_undo_over_the_api_asks_for_the_code(signed_in, owner, confirm_token, link_token):
    signed_in.post("account/confirm-email", {"token": confirm_token})
    undo = link_token("undo-email", to=owner.email)
    app = turned_on(User.objects.get(pk=owner.pk))

    without = signed_in.post("account/undo-email-change", {"token": undo})
    right = signed_in.post("account/undo-email-change", {"token": undo, "code": app.code()})
    again = signed_in.post("account/undo-email-change", {"token": undo, "code": app.code(1)})

    assert code_of(without) == (401, "TWO_FACTOR_REQUIRED")
    assert right.status_code == 200
    assert code_of(again) == (400, "TOKEN_INVALID")
    assert User.objects.get(pk=owner.pk).email == owner.email


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("account/change-email", BODY),
        ("account/confirm-email", {"token": "x"}),
        ("account/undo-email-change", {"token": "x"}),
    ],
)
def test_each_is_limited_to_ten_a_minute(clock, signed_in, settings, path, body):
    settings.RATE_LIMIT_AUTH = (10, 60)
    settings.LOCKOUT_THRESHOLD = 100

    answers = [signed_in.post(path, body) for _ in range(11)]

    assert "RATE_LIMITED" not in [code_of(answer)[1] for answer in answers[:10]]
    assert code_of(answers[10]) == (429, "RATE_LIMITED")
