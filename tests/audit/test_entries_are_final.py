import pytest
from django.db import transaction

from audit.errors import EntryIsFinal
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services.recording import record
from config.common.request_meta import RequestMeta

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(person):
    someone = person()
    return record(Action.USER_LOGIN, actor=someone, subject=someone, meta=RequestMeta())


def test_a_stored_entry_cannot_be_saved_again(entry):
    entry.action = Action.USER_LOGOUT

    with pytest.raises(EntryIsFinal):
        entry.save()


def test_an_entry_loaded_from_the_log_cannot_be_saved(entry):
    loaded = AuditEntry.objects.get(pk=entry.pk)

    with pytest.raises(EntryIsFinal):
        loaded.save(update_fields=["action"])


def test_a_new_entry_cannot_take_the_place_of_a_stored_one(entry):
    impostor = AuditEntry(pk=entry.pk, action=Action.USER_LOGOUT, resource="user")

    # The database says no: with Django's own save this would be an UPDATE.
    with pytest.raises(Exception, match=r"(?i)unique"), transaction.atomic():
        impostor.save()

    assert AuditEntry.objects.get(pk=entry.pk).action == Action.USER_LOGIN


def test_an_entry_cannot_be_deleted(entry):
    with pytest.raises(EntryIsFinal):
        entry.delete()


@pytest.mark.parametrize(
    "edit",
    [
        lambda entries: entries.update(action="X"),
        lambda entries: entries.all().delete(),
        lambda entries: entries.filter(action="USER_LOGIN").delete(),
        lambda entries: entries.bulk_update(list(entries.all()), ["action"]),
        lambda entries: entries.update_or_create(action="USER_LOGIN", defaults={"details": {}}),
    ],
    ids=["update", "delete", "filtered", "bulk_update", "update_or_create"],
)
def test_a_query_cannot_edit_or_delete(entry, edit):
    with pytest.raises(EntryIsFinal):
        edit(AuditEntry.objects)

    assert list(AuditEntry.objects.values_list("action", flat=True)) == [Action.USER_LOGIN]


def test_a_bulk_insert_can_neither_overwrite_nor_skip(entry):
    with pytest.raises(TypeError):
        AuditEntry.objects.bulk_create([entry], update_conflicts=True)
    with pytest.raises(TypeError):
        AuditEntry.objects.bulk_create([entry], ignore_conflicts=True)


def test_erasure_and_retention_have_a_door_of_their_own(entry):
    blanked = AuditEntry.unlocked.filter(pk=entry.pk).update(user=None)

    assert blanked == 1


def test_an_entry_outlives_the_person_it_names(entry, person):
    someone = entry.user

    someone.delete()

    assert AuditEntry.objects.get(pk=entry.pk).user_id is not None
