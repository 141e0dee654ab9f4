"""What every call on somebody else's account keeps to, whatever it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts.models import User
from audit.models import AuditEntry
from notifications.models import OutboxMail
from rbac.permissions import GRANTABLE, Permission
from tests.accounts.conftest import code_of
from tests.factories import UserFactory, admin
from tests.staff import granted, holding, let_hold

MANAGE = Permission.USER_MANAGE
DENIED = (403, "PERMISSION_DENIED")


@dataclass(frozen=True)
class Act:
    """One call: who may make it, on whom it works, and what of itself it refuses.

    state: fields of somebody on whom it succeeds.
    """

    method: str
    path: str
    permission: Permission
    body: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    spares_oneself: bool = True
    acts: bool = True

    def on(self, person: User | str) -> str:
        return f"admin/users/{getattr(person, 'pk', person)}{self.path}"

    def person(self) -> User:
        return UserFactory(**self.state)


ACTS = {
    "suspend": Act("POST", "/suspend", MANAGE, {"reason": "Spam."}),
    "reactivate": Act("POST", "/reactivate", MANAGE, state={"suspended_at": timezone.now()}),
    "restore": Act("POST", "/restore", MANAGE, state={"deleted_at": timezone.now()}),
    "verify": Act("POST", "/verify-email", MANAGE, state={"email_verified_at": None}),
    "unlock": Act("POST", "/unlock", MANAGE),
}
each = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
each_that_acts = pytest.mark.parametrize(
    "act",
    [act for act in ACTS.values() if act.acts],
    ids=[name for name, act in ACTS.items() if act.acts],
)


def traces() -> tuple[int, int]:
    return AuditEntry.objects.exclude(action="USER_LOGIN").count(), OutboxMail.objects.count()


@each
def test_its_permission_opens_it(client_for, act):
    staff = client_for(holding(act.permission))

    answer = staff.call(act.method, act.on(act.person()), act.body)

    assert answer.status_code == 200, answer.data


@each
def test_all_other_permissions_together_do_not(client_for, act):
    others = [one for one in Permission if one is not act.permission]
    staff = client_for(holding(*others))

    answer = staff.call(act.method, act.on(act.person()), act.body)

    assert code_of(answer) == DENIED
    assert traces() == (0, 0)


@each
def test_a_grant_opens_it_on_that_person_alone(client_for, act):
    person, other = act.person(), act.person()
    helper = client_for(granted(act.permission, on=person))

    assert code_of(helper.call(act.method, act.on(other), act.body)) == DENIED
    assert helper.call(act.method, act.on(person), act.body).status_code == 200


@each
def test_a_grant_of_something_else_does_not_open_it(client_for, act):
    person = act.person()
    helper = UserFactory()
    for permission in GRANTABLE:
        if permission is not act.permission:
            assign_perm(permission.value, helper, person)

    answer = client_for(helper).call(act.method, act.on(person), act.body)

    assert code_of(answer) == DENIED


@each
@pytest.mark.parametrize("who", ["7b9f8a52-3c1d-4e0f-9a6b-2d5c8e1f4a07", "not-an-id", "1"])
def test_nobody_is_not_found(client_for, act, who):
    staff = client_for(holding(act.permission))

    assert code_of(staff.call(act.method, act.on(who), act.body)) == (404, "NOT_FOUND")


@each_that_acts
def test_nobody_acts_on_who_holds_more(client_for, act):
    person = act.person()
    let_hold(person, Permission.AUDIT_READ)
    staff = client_for(holding(act.permission))

    answer = staff.call(act.method, act.on(person), act.body)

    assert code_of(answer) == (403, "PERMISSION_ESCALATION")
    assert traces() == (0, 0)


@each_that_acts
def test_a_grant_on_somebody_outranks_nobody(client_for, act):
    person = act.person()
    let_hold(person, Permission.AUDIT_READ)
    helper = client_for(granted(act.permission, on=person))

    answer = helper.call(act.method, act.on(person), act.body)

    assert code_of(answer) == (403, "PERMISSION_ESCALATION")


@each_that_acts
def test_who_holds_as_much_may_be_acted_on(client_for, act):
    person = act.person()
    let_hold(person, act.permission)
    staff = client_for(holding(act.permission))

    assert staff.call(act.method, act.on(person), act.body).status_code == 200


@each
def test_nobody_does_it_to_oneself(client_for, act):
    if not act.spares_oneself:
        pytest.skip("This one spares nobody a proof, and may be done to oneself.")
    oneself = admin()
    admin()

    answer = client_for(oneself).call(act.method, act.on(oneself), act.body)

    assert code_of(answer) == (400, "SELF_TARGET")
    assert traces() == (0, 0)
