import hmac
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from audit.kinds import Action
from audit.models import AuditEntry
from audit.services import marking
from audit.services.marking import is_marked
from audit.services.recording import draft, record, record_each, record_many
from config.common.crypto import keys
from config.common.ids import uuid7
from config.common.request_meta import RequestMeta

META = RequestMeta(ip="192.0.2.7", user_agent="Firefox", request_id="request-0001")


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused(person):
    with pytest.raises(RuntimeError, match="transaction"):
        record(Action.USER_LOGIN, actor=None, subject=person(), meta=META)

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_recording_many_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        record_many([draft(Action.USER_LOGIN, actor=None, subject=None, meta=META)])


@pytest.mark.django_db(transaction=True)
def test_recording_for_each_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        record_each(Action.USER_LOGIN, actor=None, subjects=[uuid7()], meta=META)

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_where_its_change_goes(person):
    with transaction.atomic():
        record(Action.USER_LOGIN, actor=None, subject=person(), meta=META)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_an_entry_is_one_statement(person, django_assert_num_queries):
    owner = person()

    with django_assert_num_queries(1):
        record(Action.USER_LOGIN, actor=owner, subject=owner, meta=META, device="Laptop")


@pytest.mark.django_db
def test_an_entry_tells_who_did_what_to_whom_from_where(person):
    admin, owner = person(), person()

    stored = record(
        Action.ADMIN_SUSPENDED, actor=admin, subject=owner, meta=META, reason="asked for it"
    )

    entry = AuditEntry.objects.get(pk=stored.pk)
    assert (entry.action, entry.actor, entry.user) == ("ADMIN_SUSPENDED", admin, owner)
    assert (entry.resource, entry.resource_id) == ("user", str(owner.pk))
    assert entry.details == {"reason": "asked for it"}
    assert (entry.ip_address, entry.user_agent, entry.request_id) == (
        "192.0.2.7", "Firefox", "request-0001",
    )  # fmt: skip
    assert entry.label == "Suspended by staff"


@pytest.mark.django_db
def test_people_may_be_given_by_id_or_be_nobody():
    gone = uuid7()

    by_id = record(Action.ACCOUNT_ERASED, actor=gone, subject=gone, meta=META)
    nobody = record(Action.LOGIN_FAILED, actor=AnonymousUser(), subject=None, meta=META)

    assert (by_id.actor_id, by_id.user_id, by_id.resource_id) == (gone, gone, str(gone))
    assert (nobody.actor_id, nobody.user_id, nobody.resource_id) == (None, None, "")


@pytest.mark.django_db
def test_a_resource_of_another_kind_names_itself_and_not_the_person(person):
    role = UUID(int=7)

    entry = record(
        Action.ROLE_ASSIGNED,
        actor=None,
        subject=person(),
        meta=META,
        resource="role",
        resource_id=role,
    )

    assert (entry.resource, entry.resource_id) == ("role", str(role))


@pytest.mark.django_db
def test_under_impersonation_the_entry_names_both(person):
    admin, owner = person(), person()
    meta = RequestMeta(actor_id=admin.pk)

    entry = record(Action.PROFILE_UPDATED, actor=owner, subject=owner, meta=meta, fields=["city"])

    assert (entry.user, entry.actor, entry.impersonating) == (owner, admin, owner)
    assert entry.wire_details == {"fields": ["city"], "impersonating": str(owner.pk)}


@pytest.mark.django_db
def test_an_admin_who_acts_as_themselves_impersonates_nobody(person):
    admin, owner = person(), person()
    meta = RequestMeta(actor_id=admin.pk)

    entry = record(Action.ADMIN_IMPERSONATION_ENDED, actor=admin, subject=owner, meta=meta)

    assert (entry.actor, entry.impersonating) == (admin, None)
    assert entry.wire_details == {}


@pytest.mark.django_db
def test_many_entries_are_few_statements(person, django_assert_max_num_queries):
    owner = person()
    drafts = [
        draft(Action.ROLE_ASSIGNED, actor=None, subject=owner, meta=META, number=number)
        for number in range(1500)
    ]

    with django_assert_max_num_queries(20):  # SQLite takes fewer values in one than PostgreSQL
        record_many(drafts)

    numbers = AuditEntry.objects.order_by("pk").values_list("details__number", flat=True)
    assert list(numbers) == list(range(1500))


@pytest.mark.django_db
def test_an_entry_for_each_is_what_single_ones_would_be(person, django_assert_num_queries):
    admin, people = person(), [person() for _ in range(3)]
    told = {"reason": 'süß \\ "x"', "newPassword": "hunter2"}
    own = {one.pk: {"sessionsEnded": number, "token": "abc"} for number, one in enumerate(people)}

    with django_assert_num_queries(1):
        subjects = [one.pk for one in people]
        count = record_each(
            Action.ADMIN_SUSPENDED, actor=admin, subjects=subjects, meta=META, own=own, **told
        )

    assert count == 3
    entries = list(AuditEntry.objects.order_by("pk"))
    for entry, one in zip(entries, people, strict=True):
        single = draft(
            Action.ADMIN_SUSPENDED, actor=admin, subject=one, meta=META, **told, **own[one.pk]
        )
        for name in ("action", "resource", "resource_id", "details", "user_id", "actor_id",
                     "impersonating_id", "ip_address", "user_agent", "request_id"):  # fmt: skip
            assert getattr(entry, name) == getattr(single, name), name
        assert is_marked(entry)
    assert len({entry.salt for entry in entries}) == 3


@pytest.mark.django_db
def test_an_entry_for_each_about_one_thing_names_that_thing(person):
    owner, role = person(), uuid7()

    record_each(
        Action.ROLE_ASSIGNED,
        actor=None,
        subjects=[owner.pk],
        meta=RequestMeta(),
        resource="role",
        resource_id=role,
        role="helpers",
    )

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.resource, entry.resource_id) == (owner, "role", str(role))
    assert entry.details == {"role": "helpers"}
    assert is_marked(entry)


@pytest.mark.django_db
def test_an_entry_for_nobody_is_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert record_each(Action.ROLE_ASSIGNED, actor=None, subjects=[], meta=META) == 0


def test_a_mark_is_an_hmac_as_others_compute_it():
    key, text = keys("audit-mark")[0], b"what stands in the entry"

    assert marking._mac(key, text) == hmac.digest(key, text, "sha256")
