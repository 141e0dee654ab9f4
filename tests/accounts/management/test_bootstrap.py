"""The first admin, and every admin made at a console."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import PasswordRecord, Profile, User
from audit.models import AuditEntry
from rbac.models import Role, RoleAssignment
from rbac.permissions import ADMIN, USER
from tests.factories import PASSWORD, UserFactory, admin
from tests.rbac.together import together


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in ("ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(db, capsys):
    """Run it; what it printed."""

    def command(name="bootstrap", **options):
        call_command(name, **options)
        return capsys.readouterr().out

    return command


def roles_of(user):
    return sorted(RoleAssignment.objects.filter(user=user).values_list("role__name", flat=True))


def test_development_prints_a_password_once_that_signs_in(run, api):
    said = run()
    again = run()

    password = re.search(r"shown this once: (\S+)", said)[1]
    owner = User.objects.get()
    assert (owner.email, owner.username) == ("admin@localhost", "owner")
    assert roles_of(owner) == [ADMIN, USER]
    assert (owner.is_active, owner.is_staff, owner.email_verified) == (True, True, True)
    assert owner.is_superuser is False
    assert Profile.objects.filter(user=owner).exists()
    assert PasswordRecord.objects.filter(user=owner).exists()
    assert AuditEntry.objects.get().action == "ADMIN_USER_CREATED"
    assert password not in again
    assert "There is an admin already." in again
    assert api.sign_in(owner, password).data["data"]["user"]["roles"] == [ADMIN, USER]
    assert password not in str(list(AuditEntry.objects.values()))


def test_it_makes_the_roles_and_puts_them_right(run):
    RoleAssignment.objects.all().delete()
    Role.objects.all().delete()

    run()

    assert set(Role.objects.values_list("name", flat=True)) == {"admin", "moderator", "user"}


def test_somebody_who_holds_the_role_is_enough(run):
    admin(username="somebody")

    assert "There is an admin already." in run()
    assert User.objects.count() == 1


@pytest.mark.parametrize("how", ["variable", "file"])
def test_a_given_password_is_taken_and_not_printed(run, monkeypatch, tmp_path, how):
    if how == "variable":
        monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)
    else:
        (tmp_path / "password").write_text(f"{PASSWORD}\n")
        monkeypatch.setenv("ADMIN_PASSWORD_FILE", str(tmp_path / "password"))

    said = run()

    assert PASSWORD not in said
    assert check_password(PASSWORD, User.objects.get().password)


@pytest.mark.parametrize(
    ("email", "username", "password"),
    [
        ("admin@localhost", "owner", "short"),
        ("admin@localhost", "owner", "Password1!"),
        ("admin", "owner", PASSWORD),
        ("admin@localhost", "the owner", PASSWORD),
    ],
)
def test_what_breaks_the_rules_is_refused(run, monkeypatch, settings, email, username, password):
    settings.ADMIN_EMAIL, settings.ADMIN_USERNAME = email, username
    monkeypatch.setenv("ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        run()

    assert not User.objects.exists()


def test_a_file_that_is_not_there_is_named(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ADMIN_PASSWORD_FILE", str(tmp_path / "nothing"))

    with pytest.raises(CommandError, match="ADMIN_PASSWORD_FILE"):
        run()
    admin()
    assert "There is an admin already." in run()  # and is not asked for any more


@pytest.mark.parametrize("taken", [{"email": "admin@localhost"}, {"username": "owner"}])
def test_names_of_somebody_else_are_told(run, taken):
    UserFactory(**taken)

    with pytest.raises(CommandError, match="ADMIN_EMAIL"):
        run()

    assert not RoleAssignment.objects.filter(role__name=ADMIN).exists()


def test_production_prints_nothing_and_mails_a_link(run, settings, api, link_token):
    settings.APP_ENV = "production"

    said = run()

    owner = User.objects.get()
    assert "Password" not in said
    assert not owner.has_usable_password()
    body = {
        "token": link_token("accept-invitation", to="admin@localhost"),
        "password": "Another-Horse8",
        "confirmPassword": "Another-Horse8",
    }
    assert api.post("auth/reset-password", body).status_code == 200
    assert api.sign_in(owner, "Another-Horse8").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs writers side by side")
def test_twice_at_once_makes_one_admin():
    outcomes = together(*[lambda: call_command("bootstrap") for _ in range(4)])

    assert outcomes == [None] * 4
    assert RoleAssignment.objects.filter(role__name=ADMIN).count() == 1


# --- createsuperuser ------------------------------------------------------------------------------


@pytest.fixture
def superuser(run, monkeypatch):
    def make(**given):
        names = {"username": "ada_l", "email": "Ada@Example.org", "password": PASSWORD} | given
        for name, value in names.items():
            monkeypatch.setenv(f"DJANGO_SUPERUSER_{name.upper()}", value)
        return run("createsuperuser", interactive=False)

    return make


def test_djangos_own_command_makes_a_whole_admin(superuser, api):
    superuser()

    ada = User.objects.get()
    assert (ada.email, ada.username) == ("ada@example.org", "ada_l")
    assert (ada.is_active, ada.email_verified, ada.is_staff) == (True, True, True)
    assert ada.is_superuser is False
    assert roles_of(ada) == [ADMIN, USER]
    assert ada.has_perm("rbac.user_manage")
    assert api.sign_in(ada).data["data"]["user"]["roles"] == [ADMIN, USER]


@pytest.mark.parametrize(
    "given",
    [
        {"password": "short"},
        {"password": "Password1!"},
        {"password": "Ada_l2026!"},
        {"username": "a b"},
        {"email": "nonsense"},
    ],
)
def test_it_checks_what_it_is_given(superuser, given):
    with pytest.raises(CommandError):
        superuser(**given)

    assert not User.objects.exists()


def test_a_second_one_of_the_name_is_refused(superuser):
    superuser()

    with pytest.raises(CommandError, match="taken"):
        superuser(email="other@example.org")
