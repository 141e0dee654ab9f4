from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password

from accounts.models import OneTimeToken, PasswordRecord, Profile, User
from accounts.services import passwords, registration
from audit.models import AuditEntry
from notifications.models import OutboxMail
from rbac.models import RoleAssignment
from rbac.services import assignments
from tests.accounts.conftest import code_of
from tests.accounts.work import counted
from tests.factories import PASSWORD, UserFactory

ADA = {
    "email": "ada@example.org",
    "username": "ada_l",
    "password": PASSWORD,
    "firstName": "Ada",
    "lastName": "Lovelace",
}


@pytest.fixture
def register(api):
    return lambda **body: api.post(
        "auth/register", {key: value for key, value in (ADA | body).items() if value != "absent"}
    )


def test_an_account_comes_with_all_that_belongs_to_it(register, mails):
    answer = register()

    user = User.objects.get()
    assert answer.status_code == 201
    assert answer.data["data"] == {
        "user": {
            "id": str(user.pk),
            "email": "ada@example.org",
            "username": "ada_l",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "emailVerified": False,
            "createdAt": answer.data["data"]["user"]["createdAt"],
        }
    }
    assert Profile.objects.get().user_id == user.pk
    assert [a.role.name for a in RoleAssignment.objects.filter(user=user)] == ["user"]
    assert PasswordRecord.objects.get().password == user.password
    assert check_password(PASSWORD, user.password)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.user_id, entry.actor_id) == ("USER_REGISTERED", user.pk, user.pk)
    [message] = mails()
    assert message.to == ["ada@example.org"]
    assert "/verify-email?token=" in message.body


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (Profile.objects, "create"),
        (assignments, "assign_default"),
        (passwords, "remember"),
        (registration, "record"),
        (registration, "_verification"),
        (registration.mail, "verify_email"),
    ],
    ids=["profile", "role", "history", "entry", "token", "mail"],
)
@pytest.mark.parametrize("when", ["instead", "after"])
def test_a_fault_in_any_step_leaves_nothing(api, register, monkeypatch, where, name, when):
    step = getattr(where, name)

    def breaks(*args, **kwargs):
        if when == "after":
            step(*args, **kwargs)
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(where, name, breaks)
    api.raise_request_exception = False

    answer = register()

    assert code_of(answer) == (500, "INTERNAL_ERROR")
    for model in (User, Profile, PasswordRecord, OneTimeToken, OutboxMail, AuditEntry):
        assert not model.objects.exists(), model
    assert not RoleAssignment.objects.exists()


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", "\uff41da@example.org"])
def test_an_address_that_is_taken_in_any_spelling(register, email):
    register()

    answer = register(email=email, username="another")

    assert code_of(answer) == (409, "EMAIL_TAKEN")
    assert User.objects.count() == 1


@pytest.mark.parametrize("username", ["ada_l", "ADA_L", " Ada_L "])
def test_a_username_that_is_taken_in_any_spelling(register, username):
    register()

    answer = register(email="other@example.org", username=username)

    assert code_of(answer) == (409, "USERNAME_TAKEN")
    assert User.objects.count() == 1


@pytest.mark.parametrize("state", ["suspended", "deactivated", "deleted"])
def test_a_closed_account_keeps_its_names(register, state):
    UserFactory(email="ada@example.org", username="ada_l", **{state: True})

    assert code_of(register(username="another")) == (409, "EMAIL_TAKEN")
    assert code_of(register(email="other@example.org")) == (409, "USERNAME_TAKEN")


@pytest.mark.parametrize(
    ("taken", "code"),
    [({"username": "quicker"}, "EMAIL_TAKEN"), ({"email": "q@example.org"}, "USERNAME_TAKEN")],
)
def test_somebody_quicker_is_told_as_taken(register, monkeypatch, taken, code):
    hashed = registration.hashers.hashed

    def slow(*args, **kwargs):
        names = {"email": "ada@example.org", "username": "ada_l"} | taken
        UserFactory(**names)
        return hashed(*args, **kwargs)

    monkeypatch.setattr(registration.hashers, "hashed", slow)

    assert code_of(register()) == (409, code)


def test_names_are_kept_in_canonical_form(register):
    register(
        email=" \uff21da@EXAMPLE.org ",
        username="Ada_L",
        firstName=" A\u0308da ",
        lastName="O\u2019Neill-\u5c71\u7530",
    )

    user = User.objects.get()
    assert user.email == "ada@example.org"
    assert user.username == "ada_l"
    assert user.first_name == "\u00c4da"
    assert user.last_name == "O\u2019Neill-\u5c71\u7530"
    assert user.search_text.split("\x1f")[2] == "\u00e4da o\u2019neill-\u5c71\u7530"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "absent"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "a\nb@example.org"}, "email"),
        ({"email": "ada@example.org\u202e"}, "email"),
        ({"email": "a" * 64 + "@" + "b" * 190 + ".de"}, "email"),
        ({"email": 7}, "email"),
        ({"email": None}, "email"),
        ({"email": ["ada@example.org"]}, "email"),
        ({"username": "absent"}, "username"),
        ({"username": "ab"}, "username"),
        ({"username": "a" * 31}, "username"),
        ({"username": "ada l"}, "username"),
        ({"username": "ada-l"}, "username"),
        ({"username": "\u00e4da"}, "username"),
        ({"username": "\uff41da"}, "username"),
        ({"username": "ada\n"}, "username"),
        ({"username": True}, "username"),
        ({"password": "absent"}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "Lovelace1!"}, "password"),
        ({"password": "Password1!"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": None}, "password"),
        ({"firstName": "a" * 51}, "firstName"),
        ({"firstName": "a\u0000"[:1] + "\u0007"}, "firstName"),
        ({"firstName": "\u202eevil"}, "firstName"),
        ({"lastName": "a" * 51}, "lastName"),
        ({"lastName": 7}, "lastName"),
        ({"lastName": "a\nb"}, "lastName"),
    ],
)
def test_a_field_that_will_not_do_is_named(register, body, field):
    answer = register(**body)

    assert code_of(answer) == (422, "VALIDATION_FAILED")
    assert {fault["field"] for fault in answer.data["errors"]} == {field}
    assert all(fault["message"] and fault["code"] for fault in answer.data["errors"])
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["profile", "preferences", "admin", "ADMIN", "users", "root"])
def test_a_reserved_name_is_nobodys(register, name):
    answer = register(username=name)

    assert [fault["code"] for fault in answer.data["errors"]] == ["reserved"]


@pytest.mark.parametrize("names", [("absent", "absent"), ("", "")])
def test_names_may_be_left_out(register, names):
    answer = register(firstName=names[0], lastName=names[1])

    assert answer.status_code == 201
    assert answer.data["data"]["user"]["firstName"] is None


def test_the_longest_of_everything_fits(register):
    answer = register(
        email="a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example",
        username="a" * 30,
        firstName="\U0001f40e" * 50,
        lastName="\u00df" * 50,
        password="Zx9!" + "kq7#" * 31,
    )

    assert answer.status_code == 201


def test_fields_that_are_not_the_callers_have_no_effect(register):
    register(
        isActive=False,
        is_active=False,
        isStaff=True,
        is_staff=True,
        isSuperuser=True,
        is_superuser=True,
        roles=["admin"],
        emailVerified=True,
        email_verified_at="2020-01-01T00:00:00Z",
        id="019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10",
        language="xx",
        meta={"ip": "10.0.0.1"},
        createdAt="2020-01-01T00:00:00Z",
    )

    user = User.objects.get()
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)
    assert user.email_verified_at is None
    assert str(user.pk) != "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
    assert user.language == "en"
    assert user.created_at.year > 2020
    assert [a.role.name for a in RoleAssignment.objects.all()] == ["user"]


def test_the_language_is_the_callers(api):
    api.post("auth/register", ADA, HTTP_ACCEPT_LANGUAGE="de-AT,de;q=0.9")

    assert User.objects.get().language == "de"


def test_closed_registration_says_so_before_it_looks_at_anything(register, settings):
    settings.REGISTRATION_OPEN = False
    UserFactory(email="ada@example.org")

    with counted() as work:
        answer = register()

    assert code_of(answer) == (403, "REGISTRATION_CLOSED")
    assert work.cost == (1, 0)  # whether it is closed


def test_no_password_is_hashed_for_names_that_are_taken(register):
    register()

    with counted() as work:
        register()

    assert work.hashes == 0


@pytest.mark.parametrize("policy", ["composition", "length"])
def test_the_policy_is_the_operators(register, settings, policy):
    settings.PASSWORD_POLICY = policy

    statuses = [register().status_code, register(password="zxqk vbnm asdf ty").status_code]

    assert statuses == ([201, 409] if policy == "composition" else [422, 201])
