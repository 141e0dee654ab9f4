"""Number and hash of a seal, kept elsewhere, serve where the key is not trusted."""

from __future__ import annotations

import json
from io import StringIO
from runpy import run_path

import pytest
from django.core.management import call_command

from audit.models import Seal
from audit.services import seals
from tests.audit.api.conftest import SCRIPT
from tests.audit.sealing import sealed_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def log():
    return sealed_log(2, 7, 3)


def proven(entry, to):
    out = StringIO()
    call_command("audit_proof", str(entry.pk), to=to, stdout=out)
    return json.loads(out.getvalue())


def head(number):
    return f"{number}:{seals.link(Seal.objects.get(pk=number)).hex()}"


def test_of_its_own_seal(log, checker):
    assert checker(proven(log[4], None), given=("--head", head(2))).returncode == 0


def test_of_a_later_one(log, checker):
    assert checker(proven(log[0], 3), given=("--head", head(3))).returncode == 0


def test_of_one_that_the_proof_does_not_reach(log, checker):
    done = checker(proven(log[0], 2), given=("--head", head(3)))

    assert (done.returncode, "--to 3" in done.stderr) == (1, True)


def test_of_a_later_one_that_is_said_to_follow_a_forged_one(log, checker):
    tool, proof = run_path(str(SCRIPT)), proven(log[0], 3)
    proof["entry"]["action"], proof["path"] = "FORGED", []
    said = {"root": tool["leaf_of"](proof["entry"]).hex()}
    for seal in (proof, *proof["chain"]):
        seal["seal"] = json.dumps({**json.loads(seal["seal"]), **said})
        said = {"previous": tool["hash_of"](seal)}

    done = checker(proof, given=("--head", head(3)))

    assert (done.returncode, "not the one that was kept" in done.stderr) == (1, True)


def test_with_another_hash(log, checker):
    proof = proven(log[0], 3)

    assert checker(proof, given=("--head", f"3:{'0' * 64}")).returncode == 1


def test_with_a_seal_left_out_between(log, checker):
    proof = proven(log[0], 3)
    proof["chain"].pop(0)

    assert checker(proof, given=("--head", head(3))).returncode == 1


def test_one_of_both_has_to_be_said(log, checker):
    assert checker(proven(log[0], None), given=()).returncode == 2
