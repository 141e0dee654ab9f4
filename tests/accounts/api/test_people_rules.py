"""What every call on somebody else's account keeps to, whatever it does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts.models import Purpose, Session, User
from accounts.services import one_time
from audit.models import AuditEntry
from audit.selectors import own_history
from notifications.models import OutboxMail
from rbac.permissions import GRANTABLE, Permission
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.conftest import ApiClient
from tests.factories import UserFactory, admin
from tests.staff import granted, holding, let_hold

MANAGE, UPDATE, DELETE = Permission.USER_MANAGE, Permission.USER_UPDATE, Permission.USER_DELETE
DENIED = (403, "PERMISSION_DENIED")


@dataclass(frozen=True)
class Act:
    """One call: who may make it, and on whom it works.

    state: fields of somebody on whom it succeeds; confirms: the body holds their address.
    spares_oneself: it is refused to oneself; acts: it is more than a look.
    """

    method: str
    path: str
    permission: Permission
    body: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    spares_oneself: bool = True
    acts: bool = True
    confirms: bool = False

    def by(self, staff: ApiClient, person: User | str) -> Any:
        """The answer to this call on that person, or on an id that nobody has."""
        path = f"admin/users/{getattr(person, 'pk', person)}{self.path}"
        sure = {"confirmEmail": getattr(person, "email", "a@example.org")} if self.confirms else {}
        return staff.call(self.method, path, {**self.body, **sure} if self.acts else None)

    def person(self) -> User:
        return UserFactory(**self.state)


ACTS = {
    "suspend": Act("POST", "/suspend", MANAGE, {"reason": "Spam."}),
    "reactivate": Act("POST", "/reactivate", MANAGE, state={"suspended_at": timezone.now()}),
    "restore": Act("POST", "/restore", MANAGE, state={"deleted_at": timezone.now()}),
    "verify": Act("POST", "/verify-email", MANAGE, state={"email_verified_at": None}),
    "unlock": Act("POST", "/unlock", MANAGE),
    "edit": Act("PATCH", "", UPDATE, {"firstName": "Grace"}, spares_oneself=False),
    "delete": Act("DELETE", "", DELETE),
    "erase": Act("DELETE", "?permanent=true", DELETE, {"reason": "Asked."}, confirms=True),
    "reset": Act("POST", "/reset-password", MANAGE),
    "lend": Act(
        "POST", "/reset-password", MANAGE, {"temporaryPassword": True, "reason": "No mailbox."}
    ),
    "disable-2fa": Act(
        "POST",
        "/disable-2fa",
        MANAGE,
        {"reason": "Lost."},
        state={"two_factor_enabled_at": timezone.now()},
    ),
    "sessions": Act("GET", "/sessions", MANAGE, spares_oneself=False, acts=False),
    "sign out": Act("DELETE", "/sessions", MANAGE, spares_oneself=False),
    "resend": Act(
        "POST",
        "/resend-invitation",
        Permission.USER_CREATE,
        state={"invited_at": timezone.now()},
    ),
}


def those(condition: Callable[[Act], bool]) -> Any:
    named = {name: act for name, act in ACTS.items() if condition(act)}
    return pytest.mark.parametrize("act", named.values(), ids=named)


each = those(lambda _act: True)
each_that_acts = those(lambda act: act.acts)
each_that_is_granted = those(lambda act: act.permission in GRANTABLE)


def traces() -> tuple[int, int]:
    return AuditEntry.objects.exclude(action="USER_LOGIN").count(), OutboxMail.objects.count()


@each
def test_its_permission_opens_it(client_for, act):
    staff = client_for(holding(act.permission))

    answer = act.by(staff, act.person())

    assert answer.status_code == 200, answer.data


@each
def test_all_other_permissions_together_do_not(client_for, act):
    others = [one for one in Permission if one is not act.permission]
    staff = client_for(holding(*others))

    answer = act.by(staff, act.person())

    assert code_of(answer) == DENIED
    assert traces() == (0, 0)


@each_that_is_granted
def test_a_grant_opens_it_on_that_person_alone(client_for, act):
    person, other = act.person(), act.person()
    helper = client_for(granted(act.permission, on=person))

    assert code_of(act.by(helper, other)) == DENIED
    assert act.by(helper, person).status_code == 200


@each
def test_a_grant_of_something_else_does_not_open_it(client_for, act):
    person = act.person()
    helper = UserFactory()
    for permission in GRANTABLE:
        if permission is not act.permission:
            assign_perm(permission.value, helper, person)

    answer = act.by(client_for(helper), person)

    assert code_of(answer) == DENIED


@each
@pytest.mark.parametrize("who", ["7b9f8a52-3c1d-4e0f-9a6b-2d5c8e1f4a07", "not-an-id", "1"])
def test_nobody_is_not_found(client_for, act, who):
    staff = client_for(holding(act.permission))

    assert code_of(act.by(staff, who)) == (404, "NOT_FOUND")


@each_that_acts
def test_nobody_acts_on_who_holds_more(client_for, act):
    person = act.person()
    let_hold(person, Permission.AUDIT_READ)
    staff = client_for(holding(act.permission))

    answer = act.by(staff, person)

    assert code_of(answer) == (403, "PERMISSION_ESCALATION")
    assert traces() == (0, 0)


@those(lambda act: act.acts and act.permission in GRANTABLE)
def test_a_grant_on_somebody_outranks_nobody(client_for, act):
    person = act.person()
    let_hold(person, Permission.AUDIT_READ)
    helper = client_for(granted(act.permission, on=person))

    answer = act.by(helper, person)

    assert code_of(answer) == (403, "PERMISSION_ESCALATION")


@each_that_acts
def test_who_holds_as_much_may_be_acted_on(client_for, act):
    person = act.person()
    let_hold(person, act.permission)
    staff = client_for(holding(act.permission))

    assert act.by(staff, person).status_code == 200


@those(lambda act: act.spares_oneself)
def test_nobody_does_it_to_oneself(client_for, act):
    oneself = admin()
    admin()

    answer = act.by(client_for(oneself), oneself)

    assert code_of(answer) == (400, "SELF_TARGET")
    assert traces() == (0, 0)


def test_an_address_takes_a_permission_more_than_names(client_for, owner):
    editor = holding(Permission.USER_UPDATE)
    staff = client_for(editor)
    body = {"firstName": "Grace", "email": "new@example.org"}

    assert code_of(staff.patch(f"admin/users/{owner.pk}", body)) == DENIED
    assert User.objects.get(pk=owner.pk).first_name == "Ada"

    let_hold(editor, Permission.USER_MANAGE)
    assert staff.patch(f"admin/users/{owner.pk}", body).status_code == 200


def test_an_address_takes_both_grants_on_that_person(client_for, owner, stranger):
    helper = granted(Permission.USER_UPDATE, on=owner)
    assign_perm("user_manage", helper, stranger)
    device = client_for(helper)

    refused = device.patch(f"admin/users/{owner.pk}", {"email": "new@example.org"})
    assign_perm("user_manage", helper, owner)
    passed = device.patch(f"admin/users/{owner.pk}", {"email": "new@example.org"})

    assert code_of(refused) == DENIED
    assert passed.status_code == 200


@each
def test_it_takes_as_many_statements_however_much_there_is(client_for, act):
    staff = client_for(holding(act.permission))
    costs = []
    for much in (1, 30):
        person = act.person()
        for _ in range(much):
            Session.objects.create(
                user=person, expires_at=timezone.now() + timedelta(days=1), device_name="A phone"
            )
        one_time.add(person, Purpose.RESET_PASSWORD)
        with counted() as work:
            assert act.by(staff, person).status_code == 200
        costs.append(len(work.statements))

    assert costs[0] == costs[1]


@those(lambda act: act.acts and act.path != "?permanent=true")
def test_a_persons_own_history_shows_staff_and_nothing_of_them(client_for, manager, act):
    let_hold(manager, act.permission)
    person = act.person()
    act.by(client_for(manager), person)

    shown = [one for one in own_history(person.pk, chunk=10) if one["action"].startswith("ADMIN_")]

    for one in shown:
        assert one["actor"] == {"kind": "staff"}
        assert (one["ipAddress"], one["userAgent"], one["requestId"]) == (None, None, None)
        assert not {str(manager.pk), manager.email, manager.username} & set(words_of(one))
    assert len(shown) == (0 if act.path == "/unlock" else 1)


def words_of(value: Any) -> list[str]:
    return re.findall(r"[\w@.-]+", json.dumps(value))
