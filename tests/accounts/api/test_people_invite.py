"""Accounts that staff make, and their owners open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Profile, User
from accounts.services import one_time
from audit.kinds import Action
from audit.models import AuditEntry
from rbac.permissions import Permission
from rbac.selectors import role_names
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory, admin
from tests.staff import entry, holding

GUEST = "guest@example.org"
BODY = {"email": GUEST, "username": "guest", "firstName": "Grace", "lastName": "Hopper"}


@pytest.fixture
def host(db):
    return holding(Permission.USER_CREATE, username="host", first_name="Ho", last_name="St")


@pytest.fixture
def device(client_for, host):
    return client_for(host)


@pytest.fixture
def invite(device):
    return lambda **body: device.post("admin/users", {**BODY, **body})


@pytest.fixture
def invited(invite):
    return User.objects.get(pk=invite().data["data"]["user"]["id"])


@pytest.fixture
def resend(device):
    return lambda person: device.post(f"admin/users/{person.pk}/resend-invitation")


def accept(api, token, password=PASSWORD):
    given = {"token": token, "password": password, "confirmPassword": password}
    return api.post("auth/reset-password", given)


def log_in(api, password=PASSWORD):
    return api.post("auth/login", {"identifier": GUEST, "password": password})


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- Made ----------------------------------------------------------------------------------------


def test_who_is_invited_chooses_a_password_and_is_in(invite, host, api, link_token, mails):
    answer = invite()

    assert answer.status_code == 201
    user = answer.data["data"]["user"]
    assert (user["email"], user["username"], user["emailVerified"]) == (GUEST, "guest", False)
    assert "Ho St has made an account for you" in " ".join(str(mails()[0].body).split())
    assert accept(api, link_token("accept-invitation", to=GUEST)).status_code == 200
    entered = log_in(api)
    assert entered.status_code == 200
    assert entered.data["data"]["user"]["emailVerified"]
    assert entered.data["data"]["user"]["roles"] == ["user"]
    guest = User.objects.get(username="guest")
    assert guest.invited_at is None
    assert Profile.objects.filter(user=guest).exists()
    written = entry(Action.ADMIN_USER_CREATED)
    assert (written.actor, written.user) == (host, guest)
    assert written.details["new"]["email"] == GUEST


def test_an_invitation_is_accepted_once(invited, api, link_token):
    token = link_token("accept-invitation")
    accept(api, token)

    assert code_of(accept(api, token, "Another-Horse8")) == (400, "TOKEN_INVALID")


def test_staff_invite_where_sign_up_is_closed(invite, settings):
    settings.REGISTRATION_OPEN = False

    assert invite().status_code == 201


def test_the_mail_speaks_the_language_that_was_asked_for(invite, mails):
    invite(language="de")

    assert User.objects.get(username="guest").language == "de"
    assert mails()[0].extra_headers["Content-Language"] == "de"


@pytest.mark.parametrize(
    ("body", "code"),
    [({"email": "TAKEN@example.org"}, "EMAIL_TAKEN"), ({"username": "TAKEN"}, "USERNAME_TAKEN")],
)
def test_names_belong_to_one(invite, mails, body, code):
    UserFactory(username="taken")

    assert code_of(invite(**body)) == (409, code)
    assert mails() == []


@pytest.mark.parametrize("missing", ["email", "username"])
def test_an_invitation_needs_address_and_name(device, missing):
    body = {name: value for name, value in BODY.items() if name != missing}

    assert code_of(device.post("admin/users", body)) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "body",
    [
        {"roles": ["admin"]},
        {"isActive": False},
        {"emailVerified": True},
        {"password": PASSWORD},
        {"isStaff": True},
    ],
)
def test_nothing_else_is_set_along_the_way(invite, api, body):
    invite(**body)

    guest = User.objects.get(username="guest")
    assert role_names(guest.pk) == ["user"]
    assert (guest.email_verified, guest.has_usable_password()) == (False, False)
    assert (guest.deactivated_at, guest.suspended_at) == (None, None)
    assert code_of(log_in(api)) == (401, "INVALID_CREDENTIALS")


def test_inviting_takes_its_permission(client_for):
    others = [one for one in Permission if one is not Permission.USER_CREATE]

    answer = client_for(holding(*others)).post("admin/users", BODY)

    assert code_of(answer) == (403, "PERMISSION_DENIED")
    assert client_for(admin()).post("admin/users", BODY).status_code == 201


# --- Not in yet ----------------------------------------------------------------------------------


def test_who_is_invited_gets_no_other_link(invited, api, mails):
    before = len(mails())

    answer = api.post("auth/forgot-password", {"email": GUEST})

    assert answer.status_code == 200
    assert len(mails()) == before


def test_forgetting_costs_the_same_for_who_is_invited_and_who_is_not(invited, owner, api):
    costs = set()
    for address in (GUEST, owner.email, "nobody@example.org"):
        with counted() as work:
            api.post("auth/forgot-password", {"email": address})
        costs.add(work.cost)

    assert len(costs) == 1


def test_a_reset_link_of_another_way_does_not_open_an_invitation(invited, api):
    token = one_time.reset_link(invited)

    assert code_of(accept(api, token)) == (400, "TOKEN_INVALID")
    assert fresh(invited).invited_at


# --- Sent anew -----------------------------------------------------------------------------------


def test_an_invitation_runs_out_and_can_be_sent_anew(
    clock, invited, resend, device, api, link_token
):
    first = link_token("accept-invitation")
    clock.shift(timedelta(days=7))
    late = code_of(accept(api, first))

    device.sign_in(User.objects.get(username="host"))
    answer = resend(invited)

    assert late == (400, "TOKEN_EXPIRED")
    assert answer.status_code == 200
    second = link_token("accept-invitation")
    assert accept(api, second).status_code == 200
    assert log_in(api).status_code == 200


def test_only_the_newest_link_works(invited, resend, api, link_token):
    first = link_token("accept-invitation")

    resend(invited)

    assert code_of(accept(api, first)) == (400, "TOKEN_INVALID")
    assert accept(api, link_token("accept-invitation")).status_code == 200


def test_sending_anew_is_recorded(invited, resend, host):
    resend(invited)

    written = entry(Action.ADMIN_USER_UPDATED)
    assert (written.actor, written.user) == (host, invited)
    assert written.details["fields"] == ["invitedAt"]


def test_who_has_been_in_is_not_invited_again(invited, resend, api, link_token, mails):
    accept(api, link_token("accept-invitation"))
    sent = len(mails())

    assert code_of(resend(invited)) == (400, "NOT_INVITED")
    assert len(mails()) == sent


@pytest.mark.parametrize("state", ["suspended_at", "deleted_at"])
def test_an_invitation_is_not_sent_where_it_would_not_work(invited, resend, state):
    User.objects.filter(pk=invited.pk).update(**{state: invited.invited_at})

    assert code_of(resend(invited)) == (400, "NOT_INVITED")


@pytest.mark.parametrize("what", ["suspend", "remove"])
def test_an_invitation_is_taken_back(invited, client_for, api, link_token, what):
    token = link_token("accept-invitation")
    staff = client_for(admin())
    path = f"admin/users/{invited.pk}"

    done = staff.post(f"{path}/suspend") if what == "suspend" else staff.delete(path)

    assert done.status_code == 200
    assert code_of(accept(api, token)) == (400, "TOKEN_INVALID")
    assert AuditEntry.objects.filter(user=invited, actor__isnull=False).exists()
