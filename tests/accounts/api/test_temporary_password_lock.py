"""A temporary password that is guessed right behind the lock stays unspent."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import AccountLock, OneTimeToken, User
from tests.accounts.work import between_check_and_commit
from tests.factories import PASSWORD, UserFactory


def test_a_lock_that_comes_in_between_keeps_a_temporary_password(api):
    user = UserFactory(temporary_until=timezone.now() + timedelta(hours=1))

    def lock():
        until = timezone.now() + timedelta(minutes=15)
        AccountLock.objects.create(key=user.username, locked_until=until)

    with between_check_and_commit(lock):
        response = api.post("auth/login", {"identifier": user.email, "password": PASSWORD})

    assert (response.status_code, response.data["code"]) == (401, "ACCOUNT_LOCKED")
    assert User.objects.get(pk=user.pk).temporary_until is not None
    assert not OneTimeToken.objects.filter(user=user).exists()
