from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from accounts.errors import InvalidImage, StorageUnavailable
from accounts.models import DiscardedFile, User
from accounts.services import avatar, files
from audit.models import AuditEntry
from config.common.errors import SessionRevoked
from tests.accounts.drawing import encoded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stored(settings, tmp_path):
    """A folder as the storage; the names of the files in it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": "/media/"},
        },
    }

    def names() -> list[str]:
        return [
            path.relative_to(tmp_path).as_posix()
            for path in Path(tmp_path).rglob("*")
            if path.is_file()
        ]

    return names


@pytest.fixture
def with_picture(owner, stored, meta):
    avatar.replace(owner, encoded(), meta=meta)
    return User.objects.get(pk=owner.pk)


def name_of(user: User) -> str:
    return User.objects.get(pk=user.pk).avatar


def test_a_picture_is_one_file_under_a_name_that_tells_nothing(with_picture, stored):
    name = name_of(with_picture)

    assert stored() == [name]
    assert len(name) == len("avatars/00/.webp") + 32
    assert with_picture.username not in name
    assert not DiscardedFile.objects.exists()


def test_a_new_picture_takes_the_place_of_the_old_file(with_picture, stored, meta):
    old = name_of(with_picture)

    avatar.replace(with_picture, encoded(), meta=meta)

    assert name_of(with_picture) != old
    assert stored() == [name_of(with_picture)]
    assert AuditEntry.objects.filter(action="AVATAR_UPDATED", user=with_picture).count() == 2


def test_a_removed_picture_leaves_no_file(with_picture, stored, meta):
    avatar.remove(with_picture, meta=meta)

    assert name_of(with_picture) == ""
    assert stored() == []
    assert AuditEntry.objects.filter(action="AVATAR_REMOVED", user=with_picture).count() == 1


def test_to_remove_what_is_not_there_leaves_no_entry(owner, stored, meta):
    avatar.remove(owner, meta=meta)

    assert not AuditEntry.objects.exists()


def test_the_old_file_stays_until_the_commit(with_picture, stored, meta):
    old = name_of(with_picture)

    with transaction.atomic():
        avatar.remove(with_picture, meta=meta)
        during = stored()

    assert during == [old]
    assert stored() == []


def test_what_is_no_picture_changes_nothing(with_picture, stored, meta):
    before = name_of(with_picture)

    with pytest.raises(InvalidImage):
        avatar.replace(with_picture, b"no picture", meta=meta)

    assert stored() == [before] == [name_of(with_picture)]


# --- Each step fails once -------------------------------------------------------------------------


def boom(*_args, **_kwargs):
    raise RuntimeError("boom")


def test_a_storage_that_takes_no_file_changes_nothing(with_picture, stored, meta, monkeypatch):
    before = name_of(with_picture)
    monkeypatch.setattr(FileSystemStorage, "save", boom)

    with pytest.raises(StorageUnavailable):
        avatar.replace(with_picture, encoded(), meta=meta)

    assert stored() == [before] == [name_of(with_picture)]
    assert not DiscardedFile.objects.exists()


def test_a_storage_that_fails_when_half_is_written_keeps_no_half(owner, stored, meta, monkeypatch):
    save = FileSystemStorage.save

    def half(storage, name, content):
        save(storage, name, content)
        raise OSError("disk full")

    monkeypatch.setattr(FileSystemStorage, "save", half)

    with pytest.raises(StorageUnavailable):
        avatar.replace(owner, encoded(), meta=meta)

    assert stored() == []


@pytest.mark.parametrize("step", ["record", "files.keep", "files.discard", "User.save"])
def test_a_transaction_that_fails_keeps_the_old_file_and_no_new_one(
    with_picture, stored, meta, monkeypatch, step
):
    before = name_of(with_picture)
    monkeypatch.setattr(f"accounts.services.avatar.{step}", boom)

    with pytest.raises(RuntimeError):
        avatar.replace(with_picture, encoded(), meta=meta)

    assert stored() == [before] == [name_of(with_picture)]
    assert not DiscardedFile.objects.exists()
    assert AuditEntry.objects.filter(action="AVATAR_UPDATED").count() == 1


@pytest.mark.parametrize("step", ["record", "files.discard", "User.save"])
def test_a_removal_that_fails_keeps_the_file(with_picture, stored, meta, monkeypatch, step):
    monkeypatch.setattr(f"accounts.services.avatar.{step}", boom)

    with pytest.raises(RuntimeError):
        avatar.remove(with_picture, meta=meta)

    assert stored() == [name_of(with_picture)]


def test_who_was_suspended_during_the_upload_gets_no_picture(owner, stored, meta):
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())

    with pytest.raises(SessionRevoked):
        avatar.replace(owner, encoded(), meta=meta)

    assert (name_of(owner), stored()) == ("", [])


def test_a_commit_that_fails_keeps_no_new_file(owner, stored, meta, monkeypatch):
    point = avatar._point_at

    def point_and_fail(*args, **kwargs):
        with transaction.atomic():
            point(*args, **kwargs)
            raise OperationalError("server closed the connection")

    monkeypatch.setattr(avatar, "_point_at", point_and_fail)

    with pytest.raises(DatabaseError):
        avatar.replace(owner, encoded(), meta=meta)

    assert (name_of(owner), stored()) == ("", [])


def test_a_fault_after_the_commit_leaves_the_new_file(with_picture, stored, meta, monkeypatch):
    before = name_of(with_picture)
    monkeypatch.setattr(files, "discard", lambda _name: transaction.on_commit(boom))

    with pytest.raises(RuntimeError):
        avatar.replace(with_picture, encoded(), meta=meta)

    assert name_of(with_picture) != before
    assert name_of(with_picture) in stored()


def test_an_old_file_that_the_storage_does_not_let_go_is_swept_up_later(
    with_picture, stored, meta, monkeypatch
):
    delete = FileSystemStorage.delete
    monkeypatch.setattr(FileSystemStorage, "delete", boom)
    avatar.replace(with_picture, encoded(), meta=meta)
    assert len(stored()) == 2

    monkeypatch.setattr(FileSystemStorage, "delete", delete)
    files.sweep()

    assert stored() == [name_of(with_picture)]


def test_a_file_whose_process_died_before_the_commit_is_swept_up_after_an_hour(
    owner, stored, meta, monkeypatch, clock
):
    def die(*_args, **_kwargs):
        raise SystemExit

    monkeypatch.setattr(avatar, "_point_at", die)
    # The process is gone: nothing tidies up.
    monkeypatch.setattr(files, "_remove", lambda _name: False)
    with pytest.raises(SystemExit):
        avatar.replace(owner, encoded(), meta=meta)
    monkeypatch.undo()
    assert len(stored()) == 1

    clock.shift(timedelta(minutes=59))
    files.sweep()
    assert len(stored()) == 1
    clock.shift(timedelta(minutes=2))
    files.sweep()

    assert stored() == []
