"""Turning the second factor on and off."""

from __future__ import annotations

import base64
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from PIL import Image

from accounts.models import OneTimeToken, Session, TotpDevice, User
from audit.models import AuditEntry
from config.common.times import wire
from notifications.models import Notification
from tests.accounts.authenticator import (
    WRONG,
    WRONG_BACKUP,
    Authenticator,
    challenge,
    finish,
    turned_on,
)
from tests.accounts.conftest import NOW, code_of

pytestmark = pytest.mark.usefixtures("clock")

OFF = {"enabled": False, "enabledAt": None, "lastUsedAt": None, "backupCodesRemaining": 0}


def app_of(owner):
    return Authenticator(TotpDevice.objects.get(user=owner).seed, [])


def status(api):
    return api.get("2fa/status").data["data"]


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


@pytest.fixture
def with_app(signed_in, owner):
    """Signed in, and with a factor since."""
    return turned_on(owner)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "2fa/status"),
        ("POST", "2fa/setup"),
        ("POST", "2fa/enable"),
        ("POST", "2fa/disable"),
        ("POST", "2fa/verify"),
        ("POST", "2fa/backup-codes"),
    ],
)
def test_nobody_is_asked_to_sign_in(api, method, path):
    answer = api.call(method, path, {"token": "123456"} if method == "POST" else None)

    assert code_of(answer) == (401, "NOT_AUTHENTICATED")


def test_set_up_shows_a_secret_a_picture_and_ten_codes(signed_in, owner):
    data = signed_in.post("2fa/setup").data["data"]

    assert set(data) == {"secret", "otpauthUrl", "qrCodeUrl", "backupCodes"}
    url = urlsplit(data["otpauthUrl"])
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert url.path == f"/Muster%3A{owner.email.replace('@', '%40')}"
    asked = {name: value for name, [value] in parse_qs(url.query).items()}
    assert asked["secret"] == data["secret"]
    assert asked == {
        "secret": data["secret"],
        "issuer": "Muster",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert len(base64.b32decode(data["secret"])) == 20
    assert len(set(data["backupCodes"])) == 10


def test_the_picture_is_a_png(signed_in):
    url = signed_in.post("2fa/setup").data["data"]["qrCodeUrl"]

    head, encoded = url.split(",", 1)
    picture = Image.open(BytesIO(base64.b64decode(encoded)))
    assert head == "data:image/png;base64"
    assert picture.format == "PNG"
    assert picture.width == picture.height > 200


def test_set_up_alone_changes_nothing(signed_in, owner):
    signed_in.post("2fa/setup")

    assert status(signed_in) == OFF
    assert "tokens" in signed_in.sign_in(owner).data["data"]


def test_a_second_set_up_replaces_the_first(signed_in, owner):
    signed_in.post("2fa/setup")
    first = app_of(owner)
    signed_in.post("2fa/setup")

    assert code_of(signed_in.post("2fa/enable", {"token": first.code()})) == (400, "INVALID_CODE")
    assert signed_in.post("2fa/enable", {"token": app_of(owner).code()}).status_code == 200


def test_enabling_without_a_set_up(signed_in):
    answer = signed_in.post("2fa/enable", {"token": "123456"})

    assert code_of(answer) == (400, "TWO_FACTOR_NOT_SET_UP")


def test_a_backup_code_does_not_enable(signed_in):
    codes = signed_in.post("2fa/setup").data["data"]["backupCodes"]

    assert code_of(signed_in.post("2fa/enable", {"token": codes[0]})) == (400, "INVALID_CODE")


def test_enabling_is_an_entry_a_mail_and_a_notice(signed_in, owner, mails):
    signed_in.post("2fa/setup")
    answer = signed_in.post("2fa/enable", {"token": app_of(owner).code()})

    assert answer.status_code == 200
    assert status(signed_in) == {
        "enabled": True,
        "enabledAt": wire(NOW),
        "lastUsedAt": wire(NOW),
        "backupCodesRemaining": 10,
    }
    entry = AuditEntry.objects.get(action="TWO_FACTOR_ENABLED")
    assert (entry.user_id, entry.actor_id) == (owner.pk, owner.pk)
    assert Notification.objects.filter(user=owner, type="SECURITY_ALERT").count() == 1
    assert "Two-factor authentication is on" in mails()[-1].subject


def test_enabling_ends_other_sessions_and_keeps_this_one(signed_in, owner, client_for):
    other = client_for(owner)
    signed_in.post("2fa/setup")
    signed_in.post("2fa/enable", {"token": app_of(owner).code()})

    assert code_of(other.get("users/profile")) == (401, "SESSION_REVOKED")
    assert signed_in.get("users/profile").status_code == 200
    assert Session.objects.live().get().pk.hex == signed_in.session_id.replace("-", "")


@pytest.mark.parametrize("path", ["2fa/setup", "2fa/enable"])
def test_the_session_must_have_proved_itself_lately(signed_in, path):
    Session.objects.update(proven_at=timezone.now() - timedelta(minutes=16))

    answer = signed_in.post(path, {"token": "123456"})

    assert code_of(answer) == (403, "REAUTHENTICATION_REQUIRED")


@pytest.mark.parametrize("path", ["2fa/setup", "2fa/enable"])
def test_what_is_on_cannot_be_turned_on(signed_in, with_app, path):
    answer = signed_in.post(path, {"token": with_app.code()})

    assert code_of(answer) == (400, "TWO_FACTOR_ENABLED")


@pytest.mark.parametrize("path", ["2fa/disable", "2fa/backup-codes", "2fa/verify"])
def test_what_is_off_has_no_codes(signed_in, path):
    answer = signed_in.post(path, {"token": "123456"})

    assert code_of(answer) == (400, "TWO_FACTOR_NOT_ENABLED")


@pytest.mark.parametrize("path", ["2fa/disable", "2fa/backup-codes", "2fa/verify"])
@pytest.mark.parametrize("code", [WRONG, WRONG_BACKUP, "rubbish", "12 34 5"])
def test_a_wrong_code_opens_nothing(signed_in, with_app, path, code):
    answer = signed_in.post(path, {"token": code})

    assert code_of(answer) == (400, "INVALID_CODE")
    assert "data" not in answer.data
    assert status(signed_in)["enabled"] is True
    assert status(signed_in)["backupCodesRemaining"] == 10


@pytest.mark.parametrize("path", ["2fa/enable", "2fa/disable", "2fa/backup-codes", "2fa/verify"])
@pytest.mark.parametrize("body", [{}, {"token": 123456}, {"token": ""}, {"token": "1" * 41}])
def test_what_is_no_code_is_a_field_error(signed_in, with_app, path, body):
    answer = signed_in.post(path, body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert answer.data["errors"][0]["field"] == "token"


@pytest.mark.parametrize("kind", ["app", "backup"])
def test_disabling_takes_either_code(signed_in, owner, with_app, mails, kind):
    code = with_app.code() if kind == "app" else with_app.backup_codes[0]

    answer = signed_in.post("2fa/disable", {"token": code})

    assert answer.status_code == 200
    assert status(signed_in) == OFF
    assert "Two-factor authentication is off" in mails()[-1].subject
    assert AuditEntry.objects.filter(action="TWO_FACTOR_DISABLED", user=owner).count() == 1
    assert "tokens" in signed_in.sign_in(owner).data["data"]


def test_disabling_ends_other_sessions(api, owner):
    other = type(api)()
    app = turned_on(owner)
    finish(other, challenge(other, owner), app.code(-1))
    finish(api, challenge(api, owner), app.code(0))

    api.post("2fa/disable", {"token": app.code(1)})

    assert code_of(other.get("users/profile")) == (401, "SESSION_REVOKED")
    assert api.get("users/profile").status_code == 200


def test_enabling_and_disabling_kill_pending_challenges(api, signed_in, owner, with_app):
    pending = challenge(signed_in, owner)

    signed_in.post("2fa/disable", {"token": with_app.code()})

    assert code_of(finish(type(api)(), pending, with_app.code(1))) == (401, "TOKEN_INVALID")
    assert not OneTimeToken.objects.filter(purpose="login_challenge").exists()


def test_a_code_given_while_signed_in_is_spent(signed_in, with_app):
    first = signed_in.post("2fa/verify", {"token": with_app.code()})
    second = signed_in.post("2fa/verify", {"token": with_app.code()})

    assert first.data["data"] == {"verified": True}
    assert code_of(second) == (400, "INVALID_CODE")


def test_a_backup_code_that_is_used_is_told(signed_in, owner, with_app, mails):
    signed_in.post("2fa/verify", {"token": with_app.backup_codes[0]})

    assert status(signed_in)["backupCodesRemaining"] == 9
    assert status(signed_in)["lastUsedAt"] == wire(NOW)
    assert AuditEntry.objects.get(action="BACKUP_CODE_USED").details == {"left": 9}
    assert "Codes left: 9" in mails()[-1].body
    assert Notification.objects.get(user=owner).metadata == {"left": 9}


def test_renewing_shows_ten_new_codes_and_kills_the_old_ones(signed_in, owner, with_app, mails):
    signed_in.post("2fa/verify", {"token": with_app.backup_codes[0]})

    answer = signed_in.post("2fa/backup-codes", {"token": with_app.code()})

    codes = answer.data["data"]["backupCodes"]
    assert len(set(codes)) == 10
    assert set(codes).isdisjoint(with_app.backup_codes)
    assert status(signed_in)["backupCodesRemaining"] == 10
    assert "new backup codes" in mails()[-1].subject
    assert AuditEntry.objects.filter(action="BACKUP_CODES_REGENERATED", user=owner).exists()
    old = signed_in.post("2fa/verify", {"token": with_app.backup_codes[1]})
    assert code_of(old) == (400, "INVALID_CODE")
    assert signed_in.post("2fa/verify", {"token": codes[0]}).status_code == 200


def test_locked_codes_say_when_to_come_back(signed_in, with_app):
    for _ in range(10):
        signed_in.post("2fa/verify", {"token": WRONG})

    answer = signed_in.post("2fa/disable", {"token": with_app.code()})

    assert code_of(answer) == (401, "ACCOUNT_LOCKED")
    assert answer.headers["Retry-After"] in {"900", "901"}


def test_no_secret_reaches_the_log(signed_in, owner):
    data = signed_in.post("2fa/setup").data["data"]
    signed_in.post("2fa/enable", {"token": app_of(owner).code()})
    signed_in.post("2fa/verify", {"token": data["backupCodes"][0]})

    said = repr([entry.details for entry in AuditEntry.objects.all()])
    said += repr([notice.metadata for notice in Notification.objects.all()])
    assert data["secret"] not in said
    assert data["backupCodes"][0] not in said
    assert User.objects.get(pk=owner.pk).has_two_factor
