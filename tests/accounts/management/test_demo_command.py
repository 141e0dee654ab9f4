"""`manage.py demo` as somebody at the console meets it."""

from __future__ import annotations

import secrets
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from accounts.demo import filling, people
from accounts.demo.people import COUNT
from accounts.models import Figure, OneTimeToken, Profile, Session, TotpDevice, User
from audit.models import AuditEntry, DayCount, Seal
from audit.selectors.figures import figures as log_figures
from config.settings.keys import private_pem
from notifications.models import Notification, OutboxMail
from rbac.models import PersonGrant, Role, RoleAssignment
from tests.audit.sealing import seal_to_the_end
from tests.config.programs import run
from tests.factories import UserFactory, admin

PASSWORD = "Invented-People-7"
TABLES = (User, Profile, Session, TotpDevice, AuditEntry, Notification, OutboxMail, OneTimeToken)
HELP = "from django.core.management import execute_from_command_line as e; e(['manage.py', %s])"


def said(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()


def counts() -> list[int]:
    return [model._default_manager.count() for model in TABLES]


FEW = 60


@pytest.fixture
def few(monkeypatch) -> None:
    """Quick: few people, whose lives are short."""
    monkeypatch.setattr("accounts.demo.people.COUNT", FEW)
    monkeypatch.setattr("accounts.demo.people.BEFORE", 40)
    monkeypatch.setattr("accounts.demo.people.FATES", dict.fromkeys(people.FATES, 1))
    monkeypatch.setattr("accounts.demo.lives.DAYS", 3)


@pytest.mark.django_db(transaction=True)
def test_the_log_is_sealed_counted_and_whole_and_the_admin_comes_in(api, client):
    text = said("--seed", "3", "--password", PASSWORD)

    assert f"{COUNT} invented people" in text
    assert PASSWORD not in text
    seal_to_the_end()
    assert not any(Seal.objects.values_list("unproven", flat=True))
    assert sum(DayCount.objects.values_list("count", flat=True)) == AuditEntry.objects.count()
    out = StringIO()
    call_command("audit_seal", "--adopt", stdout=out)
    call_command("audit_verify", stdout=out)
    assert "0 foreign entries" in out.getvalue()
    assert f"{AuditEntry.objects.count()} sealed entries" in out.getvalue()
    assert log_figures(90).total > 9_000
    assert Figure.objects.get(pk="people").value["total"] == COUNT
    assert Role.objects.get(name="user").holders == COUNT
    chief = User.objects.get(username="demo_admin")
    api.sign_in(chief, PASSWORD)
    assert api.get("admin/dashboard").data["data"]["users"]["total"] == COUNT
    client.force_login(chief)
    assert client.get("/staff/").status_code == 200


def test_a_password_that_was_made_up_is_shown_and_opens(few, api, db):
    text = said()

    shown = text.strip().rpartition(" ")[2]
    api.sign_in(User.objects.get(username="demo_admin"), shown)


def test_twice_says_what_is_there_and_changes_nothing(few, db):
    said()
    before = counts()

    assert "60 invented people are there already" in said()
    assert counts() == before


def test_removing_takes_them_and_leaves_everybody_else(few, db):
    owner, chief = UserFactory(username="owner_of_it"), admin(username="the_boss")
    said()

    assert "60 invented people are gone." in said("--remove")

    assert set(User.objects.all()) == {owner, chief}
    assert not Session.objects.exists()
    assert not OutboxMail.objects.exists()
    assert not PersonGrant.objects.exists()
    assert RoleAssignment.objects.count() == 3
    assert set(Role.objects.values_list("name", flat=True)) == {"admin", "moderator", "user"}
    assert not AuditEntry.objects.filter(details__icontains="demo.example").exists()
    call_command("audit_verify", stdout=StringIO())
    assert "0 invented people are gone." in said("--remove")


def test_again_makes_new_ones(few, db):
    admin(username="the_boss")
    said("--seed", "1")
    first = set(filling.present().values_list("username", flat=True))

    assert "60 invented people" in said("--again", "--seed", "2")
    second = set(filling.present().values_list("username", flat=True))
    assert len(second) == FEW
    assert len(first & second) < FEW / 2


def test_the_last_admin_stays_and_so_does_everybody(few, db):
    said()
    before = counts()

    for option in ("--remove", "--again"):
        with pytest.raises(CommandError, match="no other admin"):
            said(option)
    assert counts() == before


def test_a_weak_password_is_refused_before_anything_is_made(db):
    with pytest.raises(CommandError, match="--password: "):
        said("--password", "abc")
    assert not User.objects.exists()


@pytest.mark.parametrize("where", ["giving.give", "mails.unsent"])
def test_all_or_nothing(few, db, monkeypatch, where):
    before, roles = counts(), Role.objects.count()

    def fail(*_args: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(f"accounts.demo.{where}", fail)

    with pytest.raises(CommandError, match="Nothing was filled in"):
        said()
    assert counts() == before
    assert Role.objects.count() == roles


def test_it_refuses_in_production(db, settings):
    settings.APP_ENV = "production"

    for options in ((), ("--again",), ("--remove",)):
        with pytest.raises(CommandError, match="Not in production"):
            said(*options)
    assert not User.objects.exists()


def test_production_does_not_know_it_and_development_does(tmp_path):
    key = tmp_path / "audit.pem"
    key.write_text(private_pem(Ed25519PrivateKey.generate()))
    names = ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "FIELD_ENCRYPTION_KEYS")
    shared = {"DATABASE_URL": f"sqlite:///{tmp_path}/muster.sqlite3"}
    shared |= {name: secrets.token_urlsafe(48) for name in names}
    production = {
        **shared,
        "APP_ENV": "production",
        "PUBLIC_URL": "https://muster.example.org",
        "AUDIT_SIGNING_KEY_FILE": str(key),
    }

    listed = run(HELP % "'help', '--commands'", **production).stdout.split()
    tried = run(HELP % "'demo'", **production)

    assert "bootstrap" in listed
    assert "demo" not in listed
    assert tried.returncode != 0
    assert "Unknown command: 'demo'" in tried.stderr
    assert "demo" in run(HELP % "'help', '--commands'", **shared).stdout.split()
