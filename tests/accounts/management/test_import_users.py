"""People come along from another program: all of them, each once, and nothing half."""

from __future__ import annotations

import base64

import bcrypt
import pytest
from django.utils import timezone

from accounts.models import Profile, TotpDevice, User
from audit.kinds import Action
from audit.models import AuditEntry
from audit.services import sealing
from audit.services.verifying import verify
from notifications.models import OutboxMail
from rbac.models import Role
from tests.journeys.app import code_of

PASSWORD = "Correct-Horse7"
SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.fixture(autouse=True)
def hashers(settings):
    """Those that the program ships with, behind the quick one."""
    settings.PASSWORD_HASHERS = [
        "tests.hashers.FastPasswordHasher",
        "accounts.hashers.BCrypt12PasswordHasher",
        "accounts.hashers.Argon2idPasswordHasher",
        "accounts.hashers.OldBCryptPasswordHasher",
    ]


def old_hash(password: str = PASSWORD, prefix: bytes = b"2b") -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, prefix=prefix)).decode()


def person(**fields):
    return {"email": "ada@example.org", "username": "ada", **fields}


@pytest.mark.django_db
def test_everything_that_a_line_says_is_kept(run):
    Role.objects.create(name="editors")
    said = run(
        person(
            id="0190a5b4-0000-7000-8000-000000000001", firstName="Ada", lastName="Löw",
            emailVerified=True, createdAt="2024-02-03T04:05:06Z", lastLoginAt="2024-05-06",
            roles=["editors"], city="London", phone="+442071234567", dateOfBirth="1990-12-10",
            timezone="Europe/London", language="de",
        )
    )  # fmt: skip

    user = User.objects.get(username="ada")
    assert str(user.pk) == "0190a5b4-0000-7000-8000-000000000001"
    assert (user.first_name, user.last_name, user.language) == ("Ada", "Löw", "de")
    assert user.email_verified
    assert user.created_at.isoformat() == "2024-02-03T04:05:06+00:00"
    assert user.last_login.isoformat() == "2024-05-06T00:00:00+00:00"
    assert sorted(user.role_assignments.values_list("role__name", flat=True)) == ["editors", "user"]
    profile = Profile.objects.get(user=user)
    assert (profile.city, profile.phone) == ("London", "+442071234567")
    assert str(profile.date_of_birth) == "1990-12-10"
    assert "1 imported, 0 there already" in said.out


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
def test_one_signs_in_with_the_old_password(run, client, prefix):
    run(person(passwordHash=old_hash(prefix=prefix)))

    answer = client.post(
        "/api/v1/auth/login",
        {"identifier": "ada", "password": PASSWORD},
        content_type="application/json",
    )
    wrong = client.post(
        "/api/v1/auth/login",
        {"identifier": "ada", "password": "Wrong-Horse77"},
        content_type="application/json",
    )

    assert answer.status_code == 200
    assert wrong.status_code == 401


@pytest.mark.django_db
def test_a_php_hash_is_read_as_well(run):
    run(person(passwordHash=old_hash().replace("$2b$", "$2y$")))

    assert User.objects.get(username="ada").check_password(PASSWORD)


@pytest.mark.django_db
def test_a_second_factor_comes_along_and_is_asked_for(run, client):
    run(person(passwordHash=old_hash(), totpSecret=SECRET))

    answer = client.post(
        "/api/v1/auth/login",
        {"identifier": "ada", "password": PASSWORD},
        content_type="application/json",
    ).json()["data"]
    finished = client.post(
        "/api/v1/2fa/verify",
        {"challengeToken": answer["challengeToken"], "token": code_of(SECRET)},
        content_type="application/json",
    )

    assert answer["twoFactorRequired"]
    assert finished.status_code == 200
    assert TotpDevice.objects.get().secret == SECRET


@pytest.mark.django_db
def test_who_comes_without_a_hash_has_no_password_and_gets_no_mail(run):
    run(person())

    assert not User.objects.get(username="ada").has_usable_password()
    assert not OutboxMail.objects.exists()


@pytest.mark.django_db
def test_the_inactive_are_suspended(run):
    run(person(isActive=False))

    assert User.objects.get(username="ada").suspended_at is not None


@pytest.mark.django_db
def test_they_are_found_and_in_the_log_which_verifies(run):
    run(person(firstName="Ada"))

    entry = AuditEntry.objects.get(action=Action.ADMIN_USER_CREATED)
    assert entry.user.username == "ada"
    assert entry.actor_id is None
    assert entry.details["imported"] is True
    sealing.seal()
    assert verify().finding is None


@pytest.mark.django_db
def test_again_nobody_comes_twice_and_nobody_changes(run):
    run(person(firstName="Ada"))
    said = run(person(firstName="Changed"), person(email="bob@example.org", username="bob"))

    assert "1 imported, 1 there already" in said.out
    assert User.objects.get(username="ada").first_name == "Ada"


@pytest.mark.django_db
def test_a_batch_costs_the_same_statements_however_many_are_in_it(
    run, django_assert_max_num_queries
):
    def lines(count, letter):
        return [
            {"email": f"{letter}{n}@example.org", "username": f"{letter}_{n}"} for n in range(count)
        ]

    with django_assert_max_num_queries(12) as first:
        run(*lines(2, "a"))
    with django_assert_max_num_queries(12) as second:
        run(*lines(400, "b"))

    assert len(first) == len(second)
    assert User.objects.count() == 402


@pytest.mark.django_db
def test_more_than_a_batch(run):
    run(*({"email": f"{n}@example.org", "username": f"name_{n}"} for n in range(1203)))

    assert User.objects.count() == 1203
    assert AuditEntry.objects.filter(action=Action.ADMIN_USER_CREATED).count() == 1203
    assert User.objects.filter(created_at__gt=timezone.now()).count() == 0
