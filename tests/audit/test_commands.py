"""audit_seal and audit_verify, as somebody at the console meets them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry, Seal
from audit.services import seals
from tests.audit.log import happened
from tests.audit.sealing import seal_to_the_end, sealed_log, tamper


def said(command, *options, **given):
    out = StringIO()
    call_command(command, *options, stdout=out, **given)
    return out.getvalue()


@pytest.mark.django_db
def test_a_whole_log_is_one_line_that_names_the_head():
    sealed_log(2, 3)
    happened()
    newest = seals.link(Seal.objects.get(pk=2)).hex()

    text = said("audit_verify")

    assert text.splitlines() == [
        f"Nothing was tampered with. 5 sealed entries, 1 wait to be sealed; head 2:{newest}"
    ]


@pytest.mark.django_db
def test_an_empty_log_is_whole():
    assert said("audit_verify").strip().endswith("no seal yet")


@pytest.mark.django_db
def test_what_was_tampered_with_is_an_error_that_names_the_entry():
    log = sealed_log(2, 3)
    AuditEntry.unlocked.filter(pk=log[3].pk).delete()

    with pytest.raises(
        CommandError, match=rf"^Entry {log[3].pk} was removed \(seal 2\)\.$"
    ) as told:
        call_command("audit_verify")

    assert told.value.returncode == 1


@pytest.mark.django_db
def test_a_head_that_was_kept_is_looked_for():
    sealed_log(2, 3)
    kept = f"2:{seals.link(Seal.objects.get(pk=2)).hex()}"
    assert "Nothing" in said("audit_verify", head=kept)

    Seal.objects.filter(pk=2).delete()

    with pytest.raises(CommandError, match="kept elsewhere"):
        call_command("audit_verify", head=kept)


@pytest.mark.parametrize("head", ["2", "0:" + "0" * 64, "2:xyz", ":"])
def test_a_head_has_a_number_and_a_hash(head):
    with pytest.raises(CommandError, match="N:HASH"):
        call_command("audit_verify", head=head)


@pytest.mark.django_db(transaction=True)
def test_sealing_says_how_much_it_was_and_what_was_not_ours():
    happened()
    seal_to_the_end()
    tamper(happened(), mark=None)
    while not Seal.objects.filter(pk=2).exists():
        text = said("audit_seal")

    assert "1 entries sealed in 1 batches" in text
    assert "1 of them were not written by this program" in text
    with pytest.raises(CommandError):
        call_command("audit_verify")


@pytest.mark.django_db(transaction=True)
def test_foreign_entries_are_taken_over_when_somebody_says_so():
    tamper(happened(), mark=None)
    seal_to_the_end()

    assert "1 foreign entries taken over" in said("audit_seal", "--adopt")

    seal_to_the_end()
    assert "2 sealed entries, 1 of them taken over" in said("audit_verify")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "what"), [("audit_verify", "not checked to its end"), ("audit_seal", "the rest")]
)
def test_whoever_interrupts_a_command_is_told_what_that_means(command, what, monkeypatch):
    def interrupted(*_args, **_given):
        raise KeyboardInterrupt

    happened()
    monkeypatch.setattr("audit.selectors.stored.cluster", interrupted)
    monkeypatch.setattr("audit.services.chain.check", interrupted)

    with pytest.raises(CommandError, match=what) as told:
        call_command(command)

    assert told.value.returncode == 130
