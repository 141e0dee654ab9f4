"""DELETE /account, GET /account/deletion-preview"""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import OneTimeToken, Purpose, TrustedDevice
from accounts.services import one_time
from audit.models import AuditEntry
from config.common.times import wire
from notifications.models import Notification
from tests.accounts.authenticator import turned_on
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, admin


def test_a_deleted_account_can_be_recovered_for_thirty_days(api, owner, clock):
    api.sign_in(owner)

    answer = api.delete("account", {"password": PASSWORD})

    deadline = wire(timezone.now() + timedelta(days=30))
    assert answer.data["data"] == {"recoveryDeadline": deadline}
    login = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    assert code_of(login) == (401, "ACCOUNT_DELETED")
    assert login.data["data"] == {"recoveryDeadline": deadline}


def test_both_forms_of_the_path_are_there(api, owner):
    api.sign_in(owner)

    assert code_of(api.delete("account/", {"password": PASSWORD})) == (200, "")


def test_sessions_challenges_and_trusted_devices_end(api, client_for, owner):
    phone = client_for(owner)
    api.sign_in(owner)
    one_time.issue(owner, Purpose.LOGIN_CHALLENGE)
    one_time.issue(owner, Purpose.CHANGE_EMAIL)
    TrustedDevice.objects.create(
        user=owner, device_id=owner.pk, expires_at=timezone.now() + timedelta(days=1)
    )

    api.delete("account", {"password": PASSWORD})

    assert code_of(api.get("users/profile")) == (401, "SESSION_REVOKED")
    assert code_of(phone.get("users/profile")) == (401, "SESSION_REVOKED")
    assert not TrustedDevice.objects.exists()
    assert not OneTimeToken.objects.unspent().filter(user=owner).exists()


def test_the_undo_link_of_an_earlier_change_of_address_lives_on(api, owner):
    api.sign_in(owner)
    one_time.issue(owner, Purpose.UNDO_EMAIL)

    api.delete("account", {"password": PASSWORD})

    assert OneTimeToken.objects.unspent().filter(user=owner, purpose=Purpose.UNDO_EMAIL).exists()


def test_address_and_name_stay_taken(api, owner):
    api.sign_in(owner)

    api.delete("account", {"password": PASSWORD})

    found = api.get("auth/check-email", {"email": owner.email}, HTTP_AUTHORIZATION="")
    assert found.data["data"]["available"] is False


def test_the_owner_is_told(api, owner, mails):
    api.sign_in(owner)

    api.delete("account", {"password": PASSWORD})

    assert "deleted" in mails()[-1].subject.lower()
    assert Notification.objects.filter(user=owner, type="ACCOUNT_UPDATE").count() == 1
    entry = AuditEntry.objects.get(action="ACCOUNT_DELETED")
    assert entry.user_id == entry.actor_id == owner.pk


def test_the_password_and_the_code_are_asked_for(api, owner):
    api.sign_in(owner)
    app = turned_on(owner)

    wrong = api.delete("account", {"password": "Wrong-Horse9", "code": app.code()})
    without = api.delete("account", {"password": PASSWORD})
    right = api.delete("account", {"password": PASSWORD, "code": app.code()})

    assert code_of(wrong) == (401, "INVALID_CREDENTIALS")
    assert code_of(without) == (401, "TWO_FACTOR_REQUIRED")
    assert code_of(right) == (200, "")


def test_the_last_admin_stays(api):
    last = admin()
    api.sign_in(last)

    answer = api.delete("account", {"password": PASSWORD})

    assert code_of(answer) == (409, "LAST_ADMIN")
    assert code_of(api.get("users/profile")) == (200, "")


def test_the_preview_counts_what_erasure_would_take(api, owner, stranger, client_for):
    client_for(stranger)
    client_for(owner)
    api.sign_in(owner)
    owner.avatar = "avatars/x.webp"
    owner.save(update_fields=["avatar"])

    found = api.get("account/deletion-preview").data["data"]

    assert found["deleted"]["sessions"] == 2
    assert found["deleted"]["avatar"] == found["deleted"]["profile"] == 1
    assert found["anonymised"] == {
        "auditEntries": AuditEntry.objects.filter(user=owner).count(),
    }


def test_the_erasure_then_takes_what_the_preview_said(api, owner, client_for):
    client_for(owner)
    api.sign_in(owner)
    promised = api.get("account/deletion-preview").data["data"]

    api.post("account/permanent-delete", {"password": PASSWORD, "confirmEmail": owner.email})

    done = AuditEntry.objects.get(action="ACCOUNT_ERASED").details
    assert {kind: count for kind, count in done["deleted"].items() if count} == {
        kind: count for kind, count in promised["deleted"].items() if count
    }
    assert done["anonymised"]["auditEntries"] == promised["anonymised"]["auditEntries"]


CALLS = [
    ("POST", "account/deactivate"),
    ("DELETE", "account"),
    ("GET", "account/deletion-preview"),
    ("POST", "account/permanent-delete"),
    ("GET", "account/export"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_but_who_is_signed_in_may_call(api, method, path):
    answer = api.call(method, path, None if method == "GET" else {"password": PASSWORD})

    assert code_of(answer) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] != "GET"])
def test_a_stranger_reaches_their_own_account_alone(api, owner, stranger, method, path):
    api.sign_in(stranger)
    body = {"password": PASSWORD, "confirmEmail": owner.email, "email": owner.email}

    api.call(method, path, {**body, "id": str(owner.pk), "userId": str(owner.pk)})

    owner.refresh_from_db()
    assert owner.is_active


@pytest.mark.parametrize("path", ["account/reactivate", "account/recover"])
def test_the_ways_back_are_open_to_everybody_with_the_password(api, path):
    answer = api.post(path, {"email": "nobody@example.org", "password": PASSWORD})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
