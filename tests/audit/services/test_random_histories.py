"""Any history of what the program does is whole; any one thing done to it by SQL is found."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.kinds import Action
from audit.models import AuditEntry
from audit.selectors import unsealed
from audit.services import erasure, retention
from audit.services.verifying import verify
from config.common.request_meta import RequestMeta
from tests.audit.log import happened, seal_all
from tests.audit.sealing import fault, put_in, tamper

pytestmark = pytest.mark.django_db

PEOPLE = [UUID(int=number) for number in range(1, 4)]
OLD = timedelta(days=60)
somebody = st.sampled_from([None, *PEOPLE])
steps = st.one_of(
    st.tuples(st.just("write"), somebody, somebody, st.booleans()),
    st.tuples(st.just("seal")),
    st.tuples(st.just("erase"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("clean up")),
)
histories = st.lists(steps, min_size=1, max_size=14)
EDITS = [
    {"action": "FORGED"},
    {"resource": "forged"},
    {"resource_id": "forged"},
    {"user_agent": "forged"},
    {"request_id": "forged"},
    {"ip_address": "192.0.2.1"},
    {"user_id": UUID(int=99)},
    {"actor_id": UUID(int=99)},
    {"impersonating_id": UUID(int=99)},
    {"details": {"forged": True}},
    {"salt": UUID(int=99)},
    {"blanked": {"by": [uuid4().hex], "salts": {}, "hashes": {}}},
]
by_property = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(retention, "REST", 0)


def go(history):
    has_cleaned_up = False
    for step in history:
        match step:
            case ("write", actor, subject, is_old):
                # Nothing is written of a time that a cleanup has passed over.
                ago = OLD if is_old and not has_cleaned_up else timedelta()
                happened(
                    Action.PROFILE_UPDATED,
                    ago=ago,
                    actor=actor,
                    subject=subject,
                    fields=["city"],
                    new={"city": f"London of {subject}"},
                )
            case ("seal",) if unsealed().exists():
                seal_all()
            case ("erase", person):
                erasure.anonymise(person, pseudonym=f"erased-{person.int}", names=["London"])
            case ("clean up",):
                retention.clean_up(days=30, policy_days=30, meta=RequestMeta(), seconds=60)
                has_cleaned_up = True


@by_property
@given(history=histories)
def test_what_the_program_does_raises_no_alarm(history):
    with transaction.atomic():
        go(history)

        assert fault() == ("", None)
        transaction.set_rollback(True)


@by_property
@given(history=histories, data=st.data())
def test_one_thing_that_somebody_else_does_is_named(history, data):
    with transaction.atomic():
        go([("write", PEOPLE[0], PEOPLE[1], False), ("seal",), *history])
        keys = sorted(AuditEntry.objects.values_list("pk", flat=True))
        waiting = set(unsealed().values_list("pk", flat=True))
        key = data.draw(st.sampled_from(keys), label="entry")
        entry = AuditEntry.objects.get(pk=key)
        what = data.draw(st.sampled_from(["edit", "delete", "insert", "copy"]), label="what")
        if what == "edit":
            tamper(key, **data.draw(st.sampled_from(EDITS), label="edit"))
        elif what == "delete" and key not in waiting:
            AuditEntry.unlocked.filter(pk=key).delete()
        elif what == "insert":
            key = put_in(entry, salt=uuid4()).pk
        else:
            key = put_in(entry).pk

        found = verify().finding
        if found is None and what == "copy":
            seal_all()
            found = verify().finding

        assert found is not None
        assert found.entry == key
        transaction.set_rollback(True)
