"""A line that is wrong is refused with all that is wrong with it; a file, with what it is."""

from __future__ import annotations

import csv

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Profile, User
from accounts.services.importing import storing
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from rbac.models import Role
from tests.factories import UserFactory


def person(**fields):
    return {"email": "ada@example.org", "username": "ada", **fields}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"email": "no address"}, "email: is no email address"),
        ({"email": ""}, "email: is missing"),
        ({"username": "a"}, "username: has to be 3 to 30"),
        ({"username": "admin"}, "username: is a reserved name"),
        ({"firstName": "a\x00b"}, "firstName: has to be text"),
        ({"firstName": 7}, "firstName: has to be text"),
        ({"firstName": "a" * 51}, "firstName: has more than 50"),
        ({"passwordHash": "secret"}, "passwordHash: is no hash"),
        ({"passwordHash": "$argon2id$nothing"}, "passwordHash: is no hash"),
        ({"emailVerified": "perhaps"}, "emailVerified: has to be a time"),
        ({"isActive": "perhaps"}, "isActive: has to be true or false"),
        ({"createdAt": "yesterday"}, "createdAt: has to be a time"),
        ({"createdAt": "2999-01-01"}, "createdAt: lies in the future"),
        ({"createdAt": "2024-13-01"}, "createdAt: has to be a time"),
        ({"id": "7"}, "id: has to be a UUID"),
        ({"roles": ["kings"]}, "roles: there is no role kings"),
        ({"roles": 7}, "roles: has to be a list"),
        ({"totpSecret": "###"}, "totpSecret: is no base32"),
        ({"totpSecret": "ME"}, "totpSecret: is too short"),
        ({"phone": "call me"}, "phone: has to be a number"),
        ({"dateOfBirth": "2999-01-01"}, "dateOfBirth: has to be a date"),
        ({"timezone": "Mars"}, "timezone: is no time zone"),
        ({"language": "klingon"}, "language: has to be a code"),
        ({"isStaff": True}, "isStaff: no such field"),
    ],
)
def test_a_line_that_is_wrong_is_refused_and_the_others_come(run, capsys, fields, fault):
    other = {"email": "bob@example.org", "username": "bob"}

    with pytest.raises(CommandError, match="1 lines refused"):
        run(person(**fields), other)

    assert f"line 1: {fault}" in capsys.readouterr().err
    assert list(User.objects.values_list("username", flat=True)) == ["bob"]


@pytest.mark.django_db
@pytest.mark.parametrize("line", ["{", "[]", "7", "null", '{"email": 1e999}'])
def test_a_line_that_is_no_object_is_refused(run, line):
    with pytest.raises(CommandError, match="1 lines refused"):
        run(line)


@pytest.mark.django_db
def test_names_that_are_taken_are_refused_in_the_same_batch_too(run, capsys):
    UserFactory(email="taken@example.org", username="somebody")

    with pytest.raises(CommandError, match="3 lines refused"):
        run(
            {"email": "TAKEN@example.org", "username": "new"},
            person(),
            {"email": "ada@example.org", "username": "other"},
            {"email": "other@example.org", "username": "ADA"},
        )

    said = capsys.readouterr().err
    assert "line 1: email: is taken" in said
    assert "line 3: email: is taken" in said
    assert "line 4: username: is taken" in said
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_an_address_that_its_owner_may_come_back_to_is_taken(run):
    from accounts.models import Purpose
    from accounts.services import one_time

    one_time.issue(UserFactory(), Purpose.UNDO_EMAIL, binding="ada@example.org")

    with pytest.raises(CommandError, match="1 lines refused"):
        run(person())


@pytest.mark.django_db
def test_a_check_says_the_same_and_changes_nothing(run):
    lines = (person(), person())
    with pytest.raises(CommandError, match="refused"):
        run(*lines, {"email": "x"}, check=True)

    said = run(person(), check=True)

    assert "1 would be imported" in said.out
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_csv_with_a_header(run, tmp_path):
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "username", "firstName", "emailVerified", "roles", "address"])
        writer.writerow(["ada@example.org", "ada", "Ада", "true", "user", "1 Street\nTown"])
        writer.writerow(["bob@example.org", "bob", "", "false", "", ""])

    call_command("import_users", str(path))

    ada, bob = User.objects.order_by("username")
    assert (ada.first_name, ada.email_verified, bob.email_verified) == ("Ада", True, False)
    assert Profile.objects.get(user=ada).address == "1 Street\nTown"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email,username,shoeSize\n", "shoeSize"),
        ("email\n", "email and username among them"),
        ("", "email and username among them"),
        ('email,username\n"ada@example.org', "Line"),
    ],
)
def test_a_csv_that_cannot_be_read_says_why(run, text, said):
    with pytest.raises(CommandError, match=said):
        run(text, name="people.csv")

    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_or_of_another_kind_or_not_in_utf_8(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(b'{"email": "\xe4@example.org"}')

    for name, said in (
        ("nothing.jsonl", "cannot be read"),
        ("people.xls", "has to end in"),
        ("latin.jsonl", "UTF-8"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("import_users", str(tmp_path / name))


@pytest.mark.django_db
def test_refused_lines_are_written_with_their_reasons(run, tmp_path):
    refused = tmp_path / "refused.txt"

    with pytest.raises(CommandError):
        run(*({"email": f"{number}@example.org"} for number in range(30)), refused=refused)

    lines = refused.read_text().splitlines()
    assert len(lines) == 30
    assert lines[29] == "line 30: username: is missing"


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_deleted_while_it_runs_refuses_the_lines_that_name_it(monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 2)
    Role.objects.create(name="helpers")
    refused = []

    def lines():
        yield 1, person()
        yield 2, person(email="bob@example.org", username="bob")
        Role.objects.filter(name="helpers").delete()
        yield 3, person(email="cyd@example.org", username="cyd", roles=["helpers"])
        yield 4, person(email="dan@example.org", username="dan")

    *_earlier, run = storing.import_people(lines(), said=refused.append, meta=RequestMeta())

    assert (run.stored, run.refused) == (3, 1)
    assert refused == [storing.Refusal(3, ("roles: there is no role helpers",))]
    assert set(User.objects.values_list("username", flat=True)) == {"ada", "bob", "dan"}
