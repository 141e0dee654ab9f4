"""Changes of one profile at the same moment: none gets lost, no picture is left over."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.files.storage import default_storage

from accounts.models import DiscardedFile, Profile, User
from accounts.services import avatar, preferences, profile
from audit.models import AuditEntry
from tests.accounts.drawing import encoded
from tests.accounts.races.crowd import unexpected
from tests.factories import UserFactory

FIELDS = {"first_name": "Augusta", "last_name": "King", "bio": "Poet", "city": "London"}


def test_changes_of_different_fields_at_once_are_all_kept(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()

        outcomes = crowd.at_once(
            [
                partial(profile.update, user, {name: value}, meta=meta)
                for name, value in FIELDS.items()
            ]
        )

        account, told = User.objects.get(pk=user.pk), Profile.objects.get(user=user)
        kept = {"first_name": account.first_name, "last_name": account.last_name}
        assert unexpected(outcomes) == []
        assert kept | {"bio": told.bio, "city": told.city} == FIELDS
        assert "augusta king" in account.search_text
        assert AuditEntry.objects.filter(action="PROFILE_UPDATED", user=user).count() == 4


def test_preferences_of_different_keys_at_once_are_all_kept(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()
        patches = [{f"key_{number}": number, "both": {str(number): 1}} for number in range(8)]

        outcomes = crowd.at_once(
            [partial(preferences.merge, user, patch, meta=meta) for patch in patches]
        )

        kept = Profile.objects.get(user=user).preferences
        assert unexpected(outcomes) == []
        assert len(kept) == 9
        assert len(kept["both"]) == 8


def test_a_naive_change_of_preferences_loses_some(naive_crowd, rounds):
    def naive(user: User, patch: dict[str, int]) -> None:
        found = Profile.objects.get(user=user)
        found.preferences = {**found.preferences, **patch}
        found.save()

    for _ in range(rounds):
        user = UserFactory()
        patches = [{f"key_{number}": number} for number in range(8)]
        naive_crowd.at_once([partial(naive, user, patch) for patch in patches])
        if len(Profile.objects.get(user=user).preferences) < 8:
            return

    pytest.fail("Nothing was lost.")


def test_pictures_at_once_leave_one_file(crowd, meta, rounds):
    data = encoded()
    for _ in range(rounds // 4 + 1):
        user = UserFactory()
        before = _stored()

        outcomes = crowd.at_once([partial(avatar.replace, user, data, meta=meta)] * 8)

        assert unexpected(outcomes) == []
        assert _stored() - before == {User.objects.get(pk=user.pk).avatar}
        assert not DiscardedFile.objects.exists()


def _stored() -> set[str]:
    found = set()
    if default_storage.exists("avatars"):
        for folder in default_storage.listdir("avatars")[0]:
            names = default_storage.listdir(f"avatars/{folder}")[1]
            found |= {f"avatars/{folder}/{name}" for name in names}
    return found
