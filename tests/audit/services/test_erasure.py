"""An erased person's entries stay, under a pseudonym and with nothing personal."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.kinds import Action
from audit.models import AuditEntry
from audit.services import erasure
from audit.services.recording import record
from config.common.request_meta import RequestMeta

pytestmark = pytest.mark.django_db

META = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (Theirs)", request_id="request-0001")
P = "erased-0123456789abcdef"


@pytest.fixture
def erased(person):
    return person()


@pytest.fixture
def staff(person):
    return person()


def anonymise(erased, **mentioned):
    return erasure.anonymise(
        erased.pk, pseudonym=P, names=[erased.email, erased.username], **mentioned
    )


def everything(erased):
    """As a purge or a person asks for it: other people's entries are searched too."""
    mentioned, since = erasure.mentions(erased.pk, [erased.email, erased.username])
    return anonymise(erased, mentioned=mentioned, since=since)


def test_an_entry_of_ones_own_keeps_what_happened_and_when(erased):
    entry = record(
        Action.USER_LOGIN,
        actor=erased,
        subject=erased,
        meta=META,
        resource="session",
        resource_id=uuid4(),
        device="Firefox on Linux",
        sessionsEnded=3,
    )

    changed = anonymise(erased)

    found = AuditEntry.objects.get(pk=entry.pk)
    assert changed == 1
    assert (found.action, found.timestamp) == ("USER_LOGIN", entry.timestamp)
    assert (found.user_id, found.actor_id, found.ip_address) == (None, None, None)
    assert (found.user_agent, found.request_id, found.resource_id) == ("", "", "")
    assert found.details == {"sessionsEnded": 3, "erased": {"user": P, "actor": P}}


def test_the_pseudonym_stands_where_the_id_stood(erased):
    record(Action.PASSWORD_CHANGED, actor=erased, subject=erased, meta=META)

    anonymise(erased)

    assert AuditEntry.objects.get().resource_id == P


def test_old_and_new_values_go(erased):
    record(
        Action.PROFILE_UPDATED,
        actor=erased,
        subject=erased,
        meta=META,
        changes={"city": {"old": "London", "new": "Paris"}},
        fields=["city", "phone"],
        phone="+442071838750",
    )

    anonymise(erased)

    details = AuditEntry.objects.get().details
    assert details == {"fields": ["city", "phone"], "erased": {"user": P, "actor": P}}


def test_values_that_hide_under_a_harmless_name_go_too(erased):
    record(
        Action.PROFILE_UPDATED,
        actor=erased,
        subject=erased,
        meta=META,
        fields={"city": "London"},
        by="Ada of London",
        role=["user", {"city": "London"}],
    )

    anonymise(erased)

    assert "London" not in json.dumps(AuditEntry.objects.get().details)


def test_what_staff_did_to_them_still_says_who_did_it_and_from_where(erased, staff):
    record(Action.ADMIN_SUSPENDED, actor=staff, subject=erased, meta=META, reason="ada")

    anonymise(erased)

    found = AuditEntry.objects.get()
    assert (found.user_id, found.actor_id) == (None, staff.pk)
    assert (found.ip_address, found.request_id) == (META.ip, META.request_id)
    assert found.details == {"erased": {"user": P}}


def test_a_reason_that_the_program_gave_stays(erased):
    record(Action.LOGIN_FAILED, actor=None, subject=erased, meta=META, reason="password")

    anonymise(erased)

    found = AuditEntry.objects.get()
    assert found.details == {"reason": "password", "erased": {"user": P}}
    # Nobody else acted, so the address was theirs.
    assert found.ip_address is None


def test_what_they_did_to_others_stays_about_the_others(erased, staff):
    record(
        Action.ADMIN_USER_UPDATED,
        actor=erased,
        subject=staff,
        meta=META,
        changes={"lastName": "Hopper"},
    )

    anonymise(erased)

    found = AuditEntry.objects.get()
    assert (found.user_id, found.actor_id, found.ip_address) == (staff.pk, None, None)
    assert found.resource_id == str(staff.pk)
    assert found.details == {"changes": {"lastName": "Hopper"}, "erased": {"actor": P}}


def test_an_impersonation_loses_the_person_and_keeps_the_admin(erased, staff):
    meta = RequestMeta(ip=META.ip, actor_id=staff.pk)
    record(Action.PROFILE_UPDATED, actor=erased, subject=erased, meta=meta, fields=["city"])

    anonymise(erased)

    found = AuditEntry.objects.get()
    assert (found.user_id, found.actor_id, found.impersonating_id) == (None, staff.pk, None)
    assert found.details["erased"] == {"user": P, "impersonating": P}
    assert found.ip_address == META.ip


def test_two_people_of_one_entry_may_go_one_after_the_other(erased, staff):
    record(Action.ADMIN_SUSPENDED, actor=staff, subject=erased, meta=META)

    anonymise(erased)
    erasure.anonymise(staff.pk, pseudonym="erased-2")

    found = AuditEntry.objects.get()
    assert found.details == {"erased": {"user": P, "actor": "erased-2"}}
    assert (found.user_id, found.actor_id, found.ip_address) == (None, None, None)
    assert found.resource_id == P


@pytest.mark.parametrize("name", ["id", "email", "username"])
def test_entries_about_others_that_mention_them_are_found(erased, staff, name):
    told = {"id": str(erased.pk), "email": erased.email.upper(), "username": erased.username}[name]
    record(
        Action.PERMISSION_GRANTED,
        actor=staff,
        subject=staff,
        meta=META,
        refused=[{"on": told}],
        note=f"mail to {erased.email}",
    )

    everything(erased)

    found = AuditEntry.objects.get()
    assert found.details == {"refused": [{"on": P}], "note": P}
    assert found.user_id == staff.pk


def test_who_tried_their_name_before_there_was_an_account_is_not_told_either(erased):
    hashed = "5f2c" * 16
    record(Action.LOGIN_FAILED, actor=None, subject=None, meta=META, nameHash=hashed)
    mentioned, since = erasure.mentions(erased.pk, [hashed])

    erasure.anonymise(erased.pk, pseudonym=P, names=[hashed], mentioned=mentioned, since=since)

    found = AuditEntry.objects.get()
    assert found.details == {"nameHash": P}
    assert (found.ip_address, found.user_agent, found.request_id) == (None, "", "")


def test_a_name_inside_another_word_is_somebody_elses(erased, staff):
    record(Action.ROLE_CREATED, actor=staff, subject=None, meta=META, role=f"x{erased.username}x")

    everything(erased)

    assert AuditEntry.objects.get().details == {"role": f"x{erased.username}x"}


def test_the_search_beforehand_finds_what_is_old(erased, staff, monkeypatch):
    monkeypatch.setattr(erasure, "LATE", 0)
    record(Action.ROLE_CREATED, actor=staff, subject=None, meta=META, note=erased.email)

    everything(erased)

    assert AuditEntry.objects.get().details == {"note": P}


def test_what_was_written_after_the_search_is_found_as_well(erased, staff):
    mentioned, since = erasure.mentions(erased.pk, [erased.email])
    record(Action.ROLE_CREATED, actor=staff, subject=None, meta=META, note=erased.email)

    anonymise(erased, mentioned=mentioned, since=since)

    assert AuditEntry.objects.get().details == {"note": P}


def test_entries_of_others_are_left_alone(erased, staff):
    record(Action.USER_LOGIN, actor=staff, subject=staff, meta=META, device="Firefox")
    before = AuditEntry.objects.values().get()

    assert everything(erased) == 0

    assert AuditEntry.objects.values().get() == before


def test_thousands_take_few_statements(erased, django_assert_max_num_queries):
    AuditEntry.objects.bulk_create(
        AuditEntry(action="USER_LOGIN", resource="session", user=erased, details={"device": str(n)})
        for n in range(2500)
    )

    with django_assert_max_num_queries(15):
        assert anonymise(erased) == 2500

    assert not AuditEntry.objects.filter(user__isnull=False).exists()


def test_strays_of_people_who_are_gone_are_found(erased, staff):
    gone = uuid4()
    now = timezone.now()
    record(Action.LOGIN_FAILED, actor=None, subject=gone, meta=META, reason="password")
    record(Action.USER_LOGIN, actor=erased, subject=erased, meta=META)
    record(Action.USER_LOGOUT, actor=gone, subject=gone, meta=META)

    assert erasure.anonymise_strays(since=now - timedelta(hours=1)) == 2

    assert AuditEntry.objects.filter(user=erased).count() == 1
    assert not AuditEntry.objects.filter(user=gone).exists()
    ours = {e.resource_id for e in AuditEntry.objects.filter(user=None)}
    assert len(ours) == 1
    assert erasure.anonymise_strays(since=now - timedelta(hours=1)) == 0
