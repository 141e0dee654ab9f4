"""POST /account/permanent-delete"""

from io import StringIO

import jwt
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import DiscardedFile, User
from accounts.services import files
from accounts.services.lifecycle import receipts
from accounts.services.purge import purge
from audit.models import AuditEntry
from config.common.signing import signing_key
from notifications.models import OutboxMail
from tests.accounts.authenticator import turned_on
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, admin


def erase(api, user, **body):
    given = {"password": PASSWORD, "confirmEmail": user.email, **body}
    return api.post("account/permanent-delete", given)


def test_the_account_is_gone_at_once(api, owner):
    api.sign_in(owner)

    answer = erase(api, owner)

    assert code_of(answer) == (200, "")
    assert not User.objects.filter(pk=owner.pk).exists()
    assert code_of(api.get("users/profile")) == (401, "SESSION_REVOKED")


def test_its_address_and_name_are_free_again(api, owner):
    api.sign_in(owner)
    erase(api, owner)

    again = api.post(
        "auth/register",
        {"email": owner.email, "username": owner.username, "password": "Other-Stable9"},
        HTTP_AUTHORIZATION="",
    )

    assert again.status_code == 201, again.data


def test_the_address_has_to_be_typed_once_more(api, owner):
    api.sign_in(owner)

    answer = erase(api, owner, confirmEmail="somebody@example.org")

    assert code_of(answer) == (400, "EMAIL_MISMATCH")
    assert User.objects.filter(pk=owner.pk).exists()


def test_any_spelling_of_the_address_will_do(api, owner):
    api.sign_in(owner)

    assert code_of(erase(api, owner, confirmEmail=owner.email.upper())) == (200, "")


def test_a_wrong_password_erases_nothing(api, owner):
    api.sign_in(owner)

    answer = erase(api, owner, password="Wrong-Horse9")

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert User.objects.filter(pk=owner.pk).exists()


def test_the_second_factor_is_asked_for(api, owner):
    api.sign_in(owner)
    app = turned_on(owner)

    assert code_of(erase(api, owner)) == (401, "TWO_FACTOR_REQUIRED")
    assert code_of(erase(api, owner, code=app.code())) == (200, "")


def test_the_last_admin_stays(api):
    last = admin()
    api.sign_in(last)

    assert code_of(erase(api, last)) == (409, "LAST_ADMIN")
    assert User.objects.filter(pk=last.pk).exists()


def test_nothing_stays_queued_for_them(api, owner):
    api.post("auth/forgot-password", {"email": owner.email})
    api.sign_in(owner)

    erase(api, owner)

    assert not OutboxMail.objects.exists()


def test_the_log_keeps_an_entry_that_tells_nobodys_name(api, owner):
    api.sign_in(owner)

    erase(api, owner)

    entry = AuditEntry.objects.get(action="ACCOUNT_ERASED")
    assert (entry.user_id, entry.actor_id, entry.ip_address) == (None, None, None)
    assert (entry.user_agent, entry.request_id) == ("", "")
    assert entry.resource_id.startswith("erased-")
    assert entry.details["asked"] == "owner"


def test_the_receipt_is_signed_and_tells_time_and_counts_alone(api, owner, tmp_path):
    api.sign_in(owner)

    receipt = erase(api, owner).data["data"]["erasureReceipt"]

    claims = jwt.decode(receipt, options={"verify_signature": False})
    assert claims.keys() == {"iss", "iat", "deleted", "anonymised"}
    assert claims["deleted"]["sessions"] == 1
    assert str(owner.pk) not in str(claims)
    file = tmp_path / "receipt"
    file.write_text(receipt + "\n")
    said = StringIO()
    call_command("verify_receipt", str(file), stdout=said)
    assert "Genuine" in said.getvalue()


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-8] + "AAAAAAAA", lambda _t: "x.y.z", lambda _t: ""]
)
def test_a_forged_receipt_is_told(tmp_path, forge):
    genuine = receipts.issue(deleted={"sessions": 1}, anonymised={})
    file = tmp_path / "receipt"
    file.write_text(forge(genuine))

    with pytest.raises(CommandError, match="no receipt"):
        call_command("verify_receipt", str(file))


def test_another_token_of_ours_is_no_receipt(tmp_path):
    _, key = signing_key()
    token = jwt.encode({"iat": 1, "deleted": {}, "anonymised": {}}, key, "EdDSA")
    file = tmp_path / "receipt"
    file.write_text(token)

    with pytest.raises(CommandError, match="no receipt"):
        call_command("verify_receipt", str(file))


@pytest.fixture
def picture(owner):
    name = default_storage.save("avatars/owner.webp", ContentFile(b"a picture"))
    owner.avatar = name
    owner.save(update_fields=["avatar"])
    return name


@pytest.mark.django_db(transaction=True)
def test_the_avatar_leaves_the_storage(api, owner, picture):
    api.sign_in(owner)

    erase(api, owner)

    assert not default_storage.exists(picture)
    assert not DiscardedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_is_away_is_tried_again_by_the_purge(
    api, owner, picture, monkeypatch, caplog
):
    api.sign_in(owner)
    with monkeypatch.context() as broken:
        broken.setattr(InMemoryStorage, "delete", _away)

        answer = erase(api, owner)

    assert code_of(answer) == (200, "")
    left = DiscardedFile.objects.get()
    assert (left.name, left.attempts, left.last_error) == (picture, 1, "OSError")
    assert "could not be taken out" in caplog.text
    assert purge()["discarded files"] == 1
    assert not default_storage.exists(picture)


def _away(*_args):
    raise OSError("the storage is away")


@pytest.mark.django_db(transaction=True)
def test_a_file_stays_where_the_transaction_fails(picture):
    with transaction.atomic():
        files.discard(picture)
        transaction.set_rollback(True)

    assert default_storage.exists(picture)
    assert not DiscardedFile.objects.exists()
