"""All sessions: looked at, and ended."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session
from accounts.services import sessions
from audit.models import AuditEntry
from config.common.errors import TooBroad
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.accounts.admin.pages import SESSIONS, said
from tests.conftest import PageClient
from tests.factories import UserFactory
from tests.staff import let_hold

pytestmark = pytest.mark.django_db
END = f"{SESSIONS}end/"


def opened(person, ip="203.0.113.7"):
    return sessions.open_session(person, meta=RequestMeta(ip=ip))


def ended(person):
    session = opened(person)
    Session.objects.filter(pk=session.pk).update(revoked_at=timezone.now())
    return session


def listed(answer):
    assert answer.status_code == 200
    assert answer.context["list"].fault == ""
    return [row["session"].pk for row in answer.context["list"].rows]


@pytest.fixture
def own(chief, boss):
    return Session.objects.get(user=boss)


def test_the_newest_come_first_with_whose_they_are(chief, own, owner):
    older, newer = opened(owner), opened(owner, ip="198.51.100.9")

    answer = chief.get(SESSIONS)

    page = answer.content.decode()
    assert listed(answer) == [newer.pk, older.pk, own.pk]
    assert owner.username in page
    assert "198.51.100.9" in page
    assert "this session" in page


def test_they_are_found_by_person_state_and_kind(chief, own, owner):
    live, over = opened(owner), ended(owner)

    for term in (owner.username, owner.email.upper(), str(owner.pk)):
        assert listed(chief.get(SESSIONS, {"q": term})) == [over.pk, live.pk]
    assert listed(chief.get(SESSIONS, {"q": "owner"})) == []
    assert listed(chief.get(SESSIONS, {"state": "ended"})) == [over.pk]
    assert listed(chief.get(SESSIONS, {"state": "live"})) == [live.pk, own.pk]
    assert listed(chief.get(SESSIONS, {"kind": "browser"})) == [own.pk]


def test_page_by_page_meets_each_once(chief, own, owner):
    for _ in range(6):
        opened(owner)

    seen, page = [], f"{SESSIONS}?limit=3"
    while page:
        answer = chief.get(page)
        seen += listed(answer)
        following = answer.context["list"].next_page
        page = f"{SESSIONS}?{following}" if following else ""

    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("query", ["state=happy", "kind=x", "cursor=forged", "q=%00", "limit=0"])
def test_a_faulty_question_is_answered_in_words(chief, query):
    answer = chief.get(f"{SESSIONS}?{query}")

    assert answer.status_code == 200
    assert answer.context["list"].fault
    assert 'role="alert"' in answer.content.decode()


def test_what_takes_too_long_says_so(chief, monkeypatch):
    def gives_up(*_args):
        raise TooBroad

    monkeypatch.setattr("accounts.admin.sessions.paginate", gives_up)

    assert "narrow it down" in chief.get(SESSIONS).content.decode()


def test_it_costs_the_same_however_many_there_are(chief, owner):
    opened(owner)
    chief.get(SESSIONS)
    with CaptureQueriesContext(connection) as few:
        chief.get(SESSIONS)
    for _ in range(30):
        opened(UserFactory())

    with CaptureQueriesContext(connection) as many:
        assert len(listed(chief.get(SESSIONS))) == 32

    assert len(many) == len(few)


def test_those_chosen_end_and_their_owners_are_told(chief, own, owner, stranger):
    chosen = [opened(owner), opened(stranger)]
    other = opened(owner)

    answer = chief.post(END, {"ids": [str(one.pk) for one in chosen]}, follow=True)

    assert said(answer) == ["2 sessions are ended."]
    assert set(Session.objects.live().values_list("pk", flat=True)) == {other.pk, own.pk}
    assert AuditEntry.objects.filter(action="ADMIN_SESSIONS_REVOKED").count() == 2


def test_what_was_not_ended_is_named(browser_of, owner, stranger):
    browser = browser_of(Permission.USER_READ, Permission.USER_MANAGE)
    let_hold(stranger, Permission.SYSTEM_MANAGE)
    mine, above, over = opened(owner), opened(stranger), ended(owner)

    answer = browser.post(END, {"ids": [str(mine.pk), str(above.pk), str(over.pk), str(uuid4())]})

    reasons = {row["session"].pk: str(why) for row, why in answer.context["unended"]}
    assert reasons == {
        above.pk: "That takes a permission that you do not hold yourself.",
        over.pk: "This session has ended.",
    }
    assert "1 session is ended." in answer.content.decode()
    assert Session.objects.live().filter(pk=above.pk).exists()


def test_nothing_chosen_and_nonsense(chief):
    none = chief.post(END, {}, follow=True)
    nonsense = chief.post(END, {"ids": "abc"})

    assert said(none) == ["Choose a session first."]
    assert nonsense.status_code == 404


@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
def test_only_who_manages_people_ends_any(browser_of, owner, permission):
    browser = browser_of(Permission.USER_READ, permission)
    session = opened(owner)

    answer = browser.post(END, {"ids": str(session.pk)})

    is_allowed = permission == Permission.USER_MANAGE
    assert answer.status_code == (302 if is_allowed else 403)
    assert Session.objects.live().filter(pk=session.pk).exists() != is_allowed


def test_who_may_not_read_people_is_shown_none(browser_of, owner):
    browser = browser_of(*(set(Permission) - {Permission.USER_READ}))
    session = opened(owner)

    listed, ended = browser.get(SESSIONS), browser.post(END, {"ids": str(session.pk)})

    assert (listed.status_code, ended.status_code) == (403, 403)
    assert owner.username not in listed.content.decode()
    assert SESSIONS not in browser.get("/staff/").content.decode()
    assert Session.objects.live().filter(pk=session.pk).exists()


def test_not_by_a_link_and_not_without_the_token(chief, boss, owner):
    session = opened(owner)
    strict = PageClient(enforce_csrf_checks=True)
    strict.force_login(boss)

    by_link = chief.get(END, {"ids": str(session.pk)})
    forged = strict.post(END, {"ids": str(session.pk)})

    assert (by_link.status_code, forged.status_code) == (302, 403)
    assert by_link.headers["Location"] == "/staff/accounts/session/"
    assert Session.objects.live().filter(pk=session.pk).exists()
