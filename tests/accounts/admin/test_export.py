"""What the list shows as a file."""

import csv
import io
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Profile, User
from accounts.selectors.directory import Directory
from accounts.selectors.wanted import Wanted
from accounts.services.staff import listing
from audit.models import AuditEntry
from config.common.errors import TooBroad
from config.common.keyset import Count
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.accounts.admin.pages import LIST
from tests.conftest import PageClient
from tests.factories import UserFactory, moderator

pytestmark = pytest.mark.django_db
PAGE, FILE = f"{LIST}export/", f"{LIST}export/file/"


def file_for(browser, given=None):
    """The file of what the list would show."""
    return browser.post(FILE, query_params=given or {})


def rows_of(answer):
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def crowd(number):
    """People by the thousand, without what a test does not need."""
    people = []
    for at in range(number):
        person = User(password="!")
        person.set_identity(email=f"p{at}@example.org", username=f"crowd_{at}")
        people.append(person)
    User.objects.bulk_create(people)
    Profile.objects.bulk_create([Profile(user=one) for one in people])


def test_it_holds_what_the_filters_leave_the_newest_first(chief):
    UserFactory(username="somebody")
    older = moderator(username="older", created_at=timezone.now() - timezone.timedelta(days=9))
    moderator(username="newer", last_name="Müller", suspended=True)

    answer = file_for(chief, {"role": "moderator", "sortBy": "username"})

    found = rows_of(answer)
    assert [row["username"] for row in found] == ["newer", "older"]
    assert found[0]["lastName"] == "Müller"
    assert (found[0]["isActive"], found[0]["isSuspended"]) == ("false", "true")
    assert found[1] == {
        "id": str(older.pk),
        "email": older.email,
        "username": "older",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "roles": "moderator user",
        "emailVerified": "true",
        "isActive": "true",
        "isSuspended": "false",
        "suspendedAt": "",
        "deactivatedAt": "",
        "deletedAt": "",
        "invitedAt": "",
        "createdAt": older.created_at.isoformat(timespec="milliseconds")[:-6] + "Z",
        "lastLoginAt": "",
    }
    name = answer.headers["Content-Disposition"]
    assert name == f'attachment; filename="people-{timezone.now():%Y-%m-%d}.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
def test_no_cell_is_a_formula(chief, start):
    UserFactory(username="sly", first_name=f"{start}1+1", last_name='"quoted", with comma')

    [row] = rows_of(file_for(chief, {"q": "sly"}))

    assert row["firstName"] == f"'{start}1+1"
    assert row["lastName"] == '"quoted", with comma'


def test_the_log_says_who_took_what(chief, boss):
    answer = file_for(chief, {"status": "active", "q": "ada"})

    entry = AuditEntry.objects.get(action="DATA_EXPORTED")
    assert (entry.actor, entry.user, entry.resource) == (boss, None, "users")
    assert entry.details == {"format": "csv", "filters": {"q": "ada", "status": "active"}}
    assert rows_of(answer)


def test_everybody_stands_in_it_once_across_its_parts(chief, monkeypatch):
    monkeypatch.setattr(listing, "CHUNK", 7)
    crowd(30)

    found = rows_of(file_for(chief))

    assert len(found) == 31
    assert {row["username"] for row in found} == set(
        User.objects.values_list("username", flat=True)
    )


def test_who_signs_in_meanwhile_is_neither_missed_nor_met_twice(boss, monkeypatch):
    monkeypatch.setattr(listing, "CHUNK", 5)
    crowd(20)
    parts = listing.start(
        Wanted(sort_by="lastLoginAt"), given={}, by=boss, meta=RequestMeta(ip="127.0.0.1")
    )

    read = [next(parts), next(parts)]
    User.objects.filter(username__startswith="crowd").update(last_login=timezone.now())
    read += parts

    names = [line.split(",")[2] for line in b"".join(read).decode().splitlines()[1:]]
    assert sorted(names) == sorted(User.objects.values_list("username", flat=True))


def test_it_holds_a_part_at_a_time_however_many_there_are(boss):
    def peak(number):
        crowd_of = Wanted(q="")
        parts = listing.start(crowd_of, given={}, by=boss, meta=RequestMeta(ip="127.0.0.1"))
        tracemalloc.start()
        lines = sum(part.count(b"\n") for part in parts)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert lines == number + 2
        return most

    crowd(2000)
    peak(2000)
    few = peak(2000)
    User.objects.filter(username__startswith="crowd").delete()
    crowd(8000)

    assert peak(8000) < few * 1.5


def test_statements_grow_with_the_parts_and_not_with_the_rows(chief, monkeypatch):
    crowd(40)
    monkeypatch.setattr(listing, "CHUNK", 20)
    with CaptureQueriesContext(connection) as parts_of_20:
        rows_of(file_for(chief))
    monkeypatch.setattr(listing, "CHUNK", 100)

    with CaptureQueriesContext(connection) as in_one_part:
        rows_of(file_for(chief))

    assert len(parts_of_20) - len(in_one_part) == 4


def test_what_breaks_off_says_so_in_the_last_line(chief, monkeypatch):
    def gives_up(*_args, **_kwargs):
        raise TooBroad

    monkeypatch.setattr(Directory, "read", gives_up)
    stream = file_for(chief).streaming_content
    read = [next(stream), next(stream)]

    with pytest.raises(TooBroad):
        next(stream)

    assert read[-1].startswith(b"ERROR,SEARCH_TOO_BROAD,")


def test_the_page_says_how_many_to_expect_and_leads_to_the_file(chief, monkeypatch):
    UserFactory(username="sought")
    one = chief.get(PAGE, {"q": "sought"}).content.decode()
    monkeypatch.setattr(Directory, "count", lambda _self: Count(123_456, is_estimate=True))
    many = chief.get(PAGE).content.decode()

    assert "1 person" in one
    assert f'action="{FILE}?q=sought"' in one
    assert 'data-expected="1"' in one
    assert "about 123456 people (an estimate)" in many
    assert 'data-expected="123456"' in many
    assert not AuditEntry.objects.filter(action="DATA_EXPORTED").exists()


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_a_faulty_question_leads_to_the_list_that_says_why(chief, path):
    ask = chief.get if path == PAGE else chief.post

    answer = ask(path, query_params={"status": "happy"})

    assert answer.url == f"{LIST}?status=happy"
    assert not AuditEntry.objects.filter(action="DATA_EXPORTED").exists()


@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
def test_only_who_reads_people_takes_them_along(browser_of, permission):
    browser = browser_of(permission)

    answer = browser.post(FILE)

    assert answer.status_code == (200 if permission == Permission.USER_READ else 403)
    is_told = AuditEntry.objects.filter(action="DATA_EXPORTED").exists()
    assert is_told == (permission == Permission.USER_READ)


def test_no_link_starts_it_and_no_forged_form(chief, boss):
    strict = PageClient(enforce_csrf_checks=True)
    strict.force_login(boss)

    by_link, forged = chief.get(f"{FILE}?q=ada"), strict.post(FILE)

    assert (by_link.status_code, forged.status_code) == (302, 403)
    assert by_link.headers["Location"] == "/staff/accounts/user/export/?q=ada"
    assert not AuditEntry.objects.filter(action="DATA_EXPORTED").exists()
