"""Staff may not be the last to go, and must be in themselves when their turn comes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.staff import access, removal
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta
from rbac.errors import LastAdmin
from rbac.permissions import Permission
from tests.accounts.conftest import code_of
from tests.factories import admin
from tests.staff import holding

pytestmark = pytest.mark.django_db


@pytest.fixture
def meta() -> RequestMeta:
    return RequestMeta(ip="203.0.113.7")


def test_who_was_suspended_meanwhile_suspends_nobody(owner, manager, meta):
    User.objects.filter(pk=manager.pk).update(suspended_at=timezone.now())

    with pytest.raises(SessionRevoked):
        access.suspend(owner.pk, by=manager, meta=meta)


@pytest.mark.parametrize(
    "leave",
    [
        lambda person, by, meta: access.suspend(person.pk, by=by, meta=meta),
        lambda person, by, meta: removal.delete(person.pk, by=by, meta=meta),
        lambda person, by, meta: removal.erase(
            person.pk, confirm_email=person.email, reason="Asked.", by=by, meta=meta
        ),
    ],
    ids=["suspended", "deleted", "erased"],
)
def test_the_last_admin_stays_whoever_asks(leave, meta):
    """Somebody who holds all fourteen without being an admin outranks nobody, and is not one."""
    last, equal = admin(), holding(*Permission)

    with pytest.raises(LastAdmin):
        leave(last, equal, meta)
    assert User.objects.active().filter(pk=last.pk).exists()

    another = admin()
    leave(last, equal, meta)
    with pytest.raises(LastAdmin):
        leave(another, equal, meta)


@pytest.mark.parametrize("permanent", ["false", "true"])
def test_the_last_admin_hears_that_they_are_the_last(client_for, permanent):
    last = admin()
    path = f"admin/users/{last.pk}?permanent={permanent}"

    answer = client_for(last).delete(path, {"confirmEmail": last.email, "reason": "Enough."})

    assert code_of(answer) == (409, "LAST_ADMIN")
