"""POST /account/deactivate"""

import pytest

from accounts.models import Session
from audit.models import AuditEntry
from notifications.models import Notification
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory, admin


def test_nobody_can_sign_in_to_a_deactivated_account(api, owner):
    api.sign_in(owner)

    answer = api.post("account/deactivate", {"password": PASSWORD})

    assert code_of(answer) == (200, "")
    owner.refresh_from_db()
    assert owner.deactivated_at is not None
    login = api.post("auth/login", {"identifier": owner.email, "password": PASSWORD})
    assert code_of(login) == (401, "ACCOUNT_DEACTIVATED")


def test_every_session_ends_at_once(api, client_for, owner):
    phone = client_for(owner)
    api.sign_in(owner)

    api.post("account/deactivate", {"password": PASSWORD})

    assert code_of(api.get("users/profile")) == (401, "SESSION_REVOKED")
    assert code_of(phone.get("users/profile")) == (401, "SESSION_REVOKED")
    assert not Session.objects.live().filter(user=owner).exists()


def test_the_owner_is_told_by_mail_notice_and_entry(api, owner, mails):
    api.sign_in(owner)

    api.post("account/deactivate", {"password": PASSWORD})

    assert mails()[-1].to == [owner.email]
    assert "deactivated" in mails()[-1].body
    assert Notification.objects.filter(user=owner, type="ACCOUNT_UPDATE").count() == 1
    entry = AuditEntry.objects.get(action="ACCOUNT_DEACTIVATED")
    assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
    assert entry.details == {"sessionsEnded": 1}


def test_a_wrong_password_changes_nothing_and_is_counted(api, owner):
    api.sign_in(owner)

    answer = api.post("account/deactivate", {"password": "Wrong-Horse9"})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert AuditEntry.objects.filter(action="LOGIN_FAILED", user=owner).count() == 1
    owner.refresh_from_db()
    assert owner.is_active


def test_wrong_passwords_lock_it_as_they_lock_a_login(api, owner):
    api.sign_in(owner)

    for _ in range(5):
        api.post("account/deactivate", {"password": "Wrong-Horse9"})

    answer = api.post("account/deactivate", {"password": PASSWORD})
    assert code_of(answer) == (401, "ACCOUNT_LOCKED")


def test_the_last_admin_stays(api, client_for):
    last = admin()
    api.sign_in(last)

    refused = api.post("account/deactivate", {"password": PASSWORD})

    assert code_of(refused) == (409, "LAST_ADMIN")
    admin()
    assert code_of(api.post("account/deactivate", {"password": PASSWORD})) == (200, "")


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": 1}, {"password": None}])
def test_a_password_is_needed(api, owner, body):
    api.sign_in(owner)

    answer = api.post("account/deactivate", body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")


def test_a_strangers_account_is_left_alone(api, owner):
    bystander = UserFactory()
    api.sign_in(owner)

    api.post("account/deactivate", {"password": PASSWORD})

    bystander.refresh_from_db()
    assert bystander.is_active
