"""GET /audit/{id}/proof, and what a stranger makes of it without us."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from runpy import run_path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit.models import AuditEntry, Seal
from audit.services import erasure, seals
from config.common import signing
from config.env import BASE_DIR
from config.settings.keys import private_pem, public_pem
from tests.audit.log import auditor, happened, seal_all
from tests.audit.sealing import sealed_log, tamper

pytestmark = pytest.mark.django_db

SCRIPT = BASE_DIR / "static" / "tools" / "check_audit_proof.py"


@pytest.fixture
def reader(client_for):
    client = client_for(auditor(username="the_auditor"))
    AuditEntry.unlocked.all().delete()
    return client


@pytest.fixture
def log(reader):
    return sealed_log(2, 7, 3, people=(uuid4(), uuid4()))


@pytest.fixture
def stranger(tmp_path, api):
    """Somebody with a proof, the published keys and the published script."""
    keys = tmp_path / "keys.json"
    keys.write_bytes(api.get("/.well-known/audit-keys.json").content)

    def check(proof, *options, given=("--keys", str(keys))):
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(proof))
        # -I: nothing of this program, or of where it lies, can be imported.
        command = [sys.executable, "-I", str(SCRIPT), str(file), *given, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done

    return check


def proof_of(reader, entry):
    response = reader.get(f"audit/{entry.pk}/proof")
    assert response.status_code == 200, response.data
    return response.data["data"]


def test_a_stranger_checks_it_offline(reader, log, stranger):
    for entry in (log[0], log[2], log[8], log[11]):
        done = stranger(proof_of(reader, entry))

        assert done.returncode == 0, done.stderr
        assert f"entry {entry.pk}: PROFILE_UPDATED" in done.stdout
        assert "London" in done.stdout


def test_the_whole_answer_is_a_proof_as_well(reader, log, stranger):
    assert stranger(reader.get(f"audit/{log[4].pk}/proof").data).returncode == 0


def test_of_an_erased_entry_it_shows_what_is_left(reader, log, stranger):
    erasure.anonymise(log[4].user_id, pseudonym="erased-1")

    done = stranger(proof_of(reader, log[4]))

    assert done.returncode == 0, done.stderr
    assert "ip_address = (erased)" in done.stdout
    assert "203.0.113.7" not in json.dumps(proof_of(reader, log[4]))


def test_a_public_key_alone_does(reader, log, stranger, tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(public_pem(signing.signing_key()[1].public_key()))

    assert stranger(proof_of(reader, log[4]), given=("--keys", str(pem))).returncode == 0


def test_another_key_does_not(reader, log, stranger, tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(public_pem(Ed25519PrivateKey.generate().public_key()))

    done = stranger(proof_of(reader, log[4]), given=("--keys", str(pem)))

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
def test_an_altered_proof_proves_nothing(reader, log, stranger, alter):
    proof = proof_of(reader, log[4])

    alter(proof)

    done = stranger(proof)
    assert done.returncode == 1
    assert "NOT PROVEN" in done.stderr


def test_a_value_beside_a_commitment_is_not_shown(reader, log, stranger):
    erasure.anonymise(log[4].user_id, pseudonym="erased-1")
    proof = proof_of(reader, log[4])
    next(field for field in proof["entry"]["fields"] if "commitment" in field)["value"] = "forged"

    done = stranger(proof)

    assert (done.returncode, "forged" in done.stdout) == (0, False)


def test_what_was_not_ours_when_it_was_sealed_says_so(reader, log, stranger):
    entry = happened()
    tamper(entry, mark=None)
    seal_all()

    done = stranger(proof_of(reader, entry))

    assert done.returncode == 0
    assert "NOTE" in done.stdout


class TestHead:
    """Number and hash of a seal, kept elsewhere, serve where the key is not trusted."""

    def proof(self, entry, to):
        out = StringIO()
        call_command("audit_proof", str(entry.pk), to=to, stdout=out)
        return json.loads(out.getvalue())

    def head(self, number):
        return f"{number}:{seals.link(Seal.objects.get(pk=number)).hex()}"

    def test_of_its_own_seal(self, log, stranger):
        assert stranger(self.proof(log[4], None), given=("--head", self.head(2))).returncode == 0

    def test_of_a_later_one(self, log, stranger):
        assert stranger(self.proof(log[0], 3), given=("--head", self.head(3))).returncode == 0

    def test_of_one_that_the_proof_does_not_reach(self, log, stranger):
        done = stranger(self.proof(log[0], 2), given=("--head", self.head(3)))

        assert (done.returncode, "--to 3" in done.stderr) == (1, True)

    def test_of_a_later_one_that_is_said_to_follow_a_forged_one(self, log, stranger):
        tool, proof = run_path(str(SCRIPT)), self.proof(log[0], 3)
        proof["entry"]["action"], proof["path"] = "FORGED", []
        said = {"root": tool["leaf_of"](proof["entry"]).hex()}
        for seal in (proof, *proof["chain"]):
            seal["seal"] = json.dumps({**json.loads(seal["seal"]), **said})
            said = {"previous": tool["hash_of"](seal)}

        done = stranger(proof, given=("--head", self.head(3)))

        assert (done.returncode, "not the one that was kept" in done.stderr) == (1, True)

    def test_with_another_hash(self, log, stranger):
        proof = self.proof(log[0], 3)

        assert stranger(proof, given=("--head", f"3:{'0' * 64}")).returncode == 1

    def test_with_a_seal_left_out_between(self, log, stranger):
        proof = self.proof(log[0], 3)
        proof["chain"].pop(0)

        assert stranger(proof, given=("--head", self.head(3))).returncode == 1

    def test_one_of_both_has_to_be_said(self, log, stranger):
        assert stranger(self.proof(log[0], None), given=()).returncode == 2


def test_an_entry_that_is_not_sealed_yet(reader):
    response = reader.get(f"audit/{happened().pk}/proof")

    assert (response.status_code, response.data["code"]) == (409, "NOT_SEALED")


def test_an_entry_that_is_not_what_was_sealed(reader, log):
    tamper(log[4], action="USER_LOGIN")

    response = reader.get(f"audit/{log[4].pk}/proof")

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


def test_the_command_writes_a_file(log, tmp_path, stranger):
    file = tmp_path / "written.json"

    call_command("audit_proof", str(log[4].pk), out=file, stdout=StringIO())

    assert stranger(json.loads(file.read_text())).returncode == 0


def test_the_command_says_why_not(db):
    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("audit_proof", str(happened().pk))
    with pytest.raises(CommandError, match="Not found"):
        call_command("audit_proof", "1000000")
