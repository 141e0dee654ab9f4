"""GET /audit/{id}/proof, and what a stranger makes of it without us."""

from __future__ import annotations

import json
from io import StringIO
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AuditEntry, Seal
from audit.services import erasure
from config.common import signing
from config.settings.keys import private_pem, public_pem
from tests.audit.log import auditor, happened, seal_all
from tests.audit.sealing import sealed_log, sql, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client_for):
    client = client_for(auditor(username="the_auditor"))
    AuditEntry.unlocked.all().delete()
    return client


@pytest.fixture
def log(reader):
    return sealed_log(2, 7, 3, people=(uuid4(), uuid4()))


def proof_of(reader, entry):
    response = reader.get(f"audit/{entry.pk}/proof")
    assert response.status_code == 200, response.data
    return response.data["data"]


def test_a_stranger_checks_it_offline(reader, log, checker):
    for entry in (log[0], log[2], log[8], log[11]):
        done = checker(proof_of(reader, entry))

        assert done.returncode == 0, done.stderr
        assert f"entry {entry.pk}: PROFILE_UPDATED" in done.stdout
        assert "London" in done.stdout


def test_the_whole_answer_is_a_proof_as_well(reader, log, checker):
    assert checker(reader.get(f"audit/{log[4].pk}/proof").data).returncode == 0


def test_of_an_erased_entry_it_shows_what_is_left(reader, log, checker):
    erasure.anonymise(log[4].user_id, pseudonym="erased-1")

    done = checker(proof_of(reader, log[4]))

    assert done.returncode == 0, done.stderr
    assert "ip_address = (erased)" in done.stdout
    assert "203.0.113.7" not in json.dumps(proof_of(reader, log[4]))


def test_a_public_key_alone_does(reader, log, checker, tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(public_pem(signing.signing_key()[1].public_key()))

    assert checker(proof_of(reader, log[4]), given=("--keys", str(pem))).returncode == 0


def test_another_key_does_not(reader, log, checker, tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(public_pem(Ed25519PrivateKey.generate().public_key()))

    done = checker(proof_of(reader, log[4]), given=("--keys", str(pem)))

    assert (done.returncode, "signature" in done.stderr) == (1, True)


def another(text):
    """The same text but for its middle letter."""
    at = len(text) // 2
    return f"{text[:at]}{'1' if text[at] == '0' else '0'}{text[at + 1 :]}"


def _entry(name):
    return lambda proof: proof["entry"].update({name: another(proof["entry"][name])})


def _field(name):
    return lambda proof: proof["entry"]["fields"][0].update(
        {name: another(proof["entry"]["fields"][0][name])}
    )


ALTERED = {
    "id": lambda proof: proof["entry"].update(id=str(int(proof["entry"]["id"]) + 1)),
    "action": _entry("action"),
    "resource": _entry("resource"),
    "timestamp": _entry("timestamp"),
    "a field's name": _field("name"),
    "a field's salt": _field("salt"),
    "a field's value": _field("value"),
    "a field less": lambda proof: proof["entry"]["fields"].pop(),
    "a field more": lambda proof: proof["entry"]["fields"].append(proof["entry"]["fields"][0]),
    "fields in another order": lambda proof: proof["entry"]["fields"].reverse(),
    "a step's hash": lambda proof: proof["path"][0].update(hash=another(proof["path"][0]["hash"])),
    "a step's side": lambda proof: proof["path"][0].update(
        side={"left": "right", "right": "left"}[proof["path"][0]["side"]]
    ),
    "a step less": lambda proof: proof["path"].pop(),
    "the header": lambda proof: proof.update(seal=another(proof["seal"])),
    "the header's root": lambda proof: proof.update(
        seal=json.dumps({**json.loads(proof["seal"]), "root": "0" * 64})
    ),
    "the signature": lambda proof: proof.update(signature=another(proof["signature"])),
    "no signature": lambda proof: proof.pop("signature"),
    "the format": lambda proof: proof.update(format="muster-audit-proof-2"),
    "everything": lambda proof: proof.clear(),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_an_altered_proof_proves_nothing(reader, log, checker, alter):
    proof = proof_of(reader, log[4])

    alter(proof)

    done = checker(proof)
    assert done.returncode == 1
    assert "NOT PROVEN" in done.stderr


@pytest.mark.parametrize("text", ["", "\0", "[]", "5", "[" * 100_000, '{"data": 5}'])
def test_nor_does_what_is_no_proof(checker, text):
    done = checker(text)

    assert (done.returncode, "NOT PROVEN" in done.stderr) == (1, True)


def test_a_value_beside_a_commitment_is_not_shown(reader, log, checker):
    erasure.anonymise(log[4].user_id, pseudonym="erased-1")
    proof = proof_of(reader, log[4])
    next(field for field in proof["entry"]["fields"] if "commitment" in field)["value"] = "forged"

    done = checker(proof)

    assert (done.returncode, "forged" in done.stdout) == (0, False)


def test_what_was_not_ours_when_it_was_sealed_says_so(reader, log, checker):
    entry = happened()
    tamper(entry, mark=None)
    seal_all()

    done = checker(proof_of(reader, entry))

    assert done.returncode == 0
    assert "NOTE" in done.stdout


def test_an_entry_that_is_not_sealed_yet(reader):
    response = reader.get(f"audit/{happened().pk}/proof")

    assert (response.status_code, response.data["code"]) == (409, "NOT_SEALED")


def test_an_entry_that_is_not_what_was_sealed(reader, log):
    tamper(log[4], action="USER_LOGIN")

    response = reader.get(f"audit/{log[4].pk}/proof")

    assert (response.status_code, response.data["code"]) == (409, "SEAL_BROKEN")


@pytest.mark.parametrize(
    "columns", [{"leaves": b""}, {"leaves": bytes(33)}, {"ids": bytes(3)}, {"root": bytes(32)}]
)
def test_an_entry_whose_seal_is_not_what_was_made(reader, log, columns):
    Seal.objects.filter(pk=2).update(**columns)

    response = reader.get(f"audit/{log[4].pk}/proof")

    assert (response.status_code, response.data["code"]) in {
        (409, "SEAL_BROKEN"),
        (409, "NOT_SEALED"),
    }


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses such values.")
@pytest.mark.parametrize("column", ["root", "previous", "signature", "newest"])
def test_nor_one_whose_seal_cannot_even_be_read(reader, log, column):
    sql(f"UPDATE audit_seal SET {column} = 'text' WHERE id = 2")  # noqa: S608

    response = reader.get(f"audit/{log[4].pk}/proof")

    assert (response.status_code, response.data["code"]) in {
        (409, "SEAL_BROKEN"),
        (409, "NOT_SEALED"),
    }


def test_an_entry_of_no_shape_that_was_sealed_as_it_was(reader, log):
    entry = happened()
    tamper(entry, blanked={"salts": 5})
    seal_all()

    response = reader.get(f"audit/{entry.pk}/proof")

    assert (response.status_code, response.data["code"]) == (409, "SEAL_BROKEN")


@pytest.mark.parametrize("key", ["0", "-1", "99999999", "9" * 19, "9" * 30, "abc", "1.5", "\u0661"])
def test_no_entry(reader, key):
    response = reader.get(f"audit/{key}/proof")

    assert (response.status_code, response.data["code"]) == (404, "NOT_FOUND")


def test_the_keys_of_before_stay_published(api, settings, tmp_path):
    new = tmp_path / "new.pem"
    new.write_text(private_pem(Ed25519PrivateKey.generate()))
    old = settings.AUDIT_SIGNING_KEY_FILES
    settings.AUDIT_SIGNING_KEY_FILES = [new, *old]

    response = api.get("/.well-known/audit-keys.json")

    keys = json.loads(response.content)["keys"]
    assert [key["kid"] for key in keys] == list(signing.public_keys())
    assert len(keys) == 1 + len(old)
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in keys)


def test_the_command_writes_a_file(log, tmp_path, checker):
    file = tmp_path / "written.json"

    call_command("audit_proof", str(log[4].pk), out=file, stdout=StringIO())

    assert checker(json.loads(file.read_text())).returncode == 0


def test_the_command_says_why_not(db):
    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("audit_proof", str(happened().pk))
    with pytest.raises(CommandError, match="Not found"):
        call_command("audit_proof", "1000000")


def test_nor_is_a_place_where_nothing_can_be_written_a_traceback(log, tmp_path):
    with pytest.raises(CommandError, match=r"proof\.json: No such"):
        call_command("audit_proof", str(log[4].pk), out=tmp_path / "nowhere" / "proof.json")
