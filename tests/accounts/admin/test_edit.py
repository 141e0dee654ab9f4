"""Names and address of somebody, and inviting somebody new."""

import pytest

from accounts.models import Session, User
from accounts.services import sessions
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.accounts.admin.pages import LIST, faults, page_of, said
from tests.conftest import PageClient
from tests.factories import UserFactory
from tests.staff import entry, let_hold, told

pytestmark = pytest.mark.django_db


def edited(browser, person, **given):
    sent = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "email": person.email,
        **given,
    }
    return browser.post(page_of(person), sent, follow=True)


def fault_of(answer, field):
    assert answer.status_code == 200
    return [str(fault) for fault in answer.context["edit"].errors.get(field, [])]


def test_names_are_changed_and_the_person_is_told(chief, owner):
    answer = edited(chief, owner, first_name="Grace", username="Grace_H")

    owner.refresh_from_db()
    assert said(answer) == ["The account is changed."]
    assert (owner.first_name, owner.username) == ("Grace", "grace_h")
    assert entry("ADMIN_USER_UPDATED").details["fields"] == ["username", "firstName"]
    assert told(owner) == ["Your account was changed"]
    assert chief.get(LIST, {"q": "grace_h"}).context["rows"][0]["id"] == owner.pk


def test_saving_what_was_there_changes_nothing(chief, owner):
    answer = edited(chief, owner)

    assert said(answer) == ["Nothing was changed."]
    assert not AuditEntry.objects.filter(user=owner).exists()


def test_a_new_address_waits_for_its_confirmation(chief, owner, mails):
    before = owner.email

    answer = edited(chief, owner, email="New@Example.org")

    owner.refresh_from_db()
    assert owner.email == before
    assert "once it is confirmed" in said(answer)[0]
    assert {to for mail in mails() for to in mail.to} == {before, "new@example.org"}


@pytest.mark.parametrize(
    ("given", "field", "fault"),
    [
        ({"username": "stranger"}, "username", "This username is taken."),
        ({"username": "a b"}, "username", "Use 3 to 30 letters, digits and underscores."),
        ({"username": "admin"}, "username", "This name cannot be used."),
        ({"username": ""}, "username", "This field is required."),
        ({"email": "nonsense"}, "email", "Enter a valid email address."),
        ({"first_name": "x" * 51}, "first_name", "Ensure this value has at most 50 characters"),
        ({"last_name": "a\u202eb"}, "last_name", "This holds characters that cannot be used here."),
    ],
)
def test_a_fault_is_told_at_its_field(chief, owner, stranger, given, field, fault):
    answer = edited(chief, owner, **given)

    assert fault_of(answer, field)[0].startswith(fault)
    assert not AuditEntry.objects.filter(user=owner).exists()


@pytest.mark.parametrize("state", ["suspended", "deleted"])
def test_who_could_not_confirm_another_address_keeps_theirs(chief, mails, state):
    person = UserFactory(**{state: True})

    answer = edited(chief, person, email="new@example.org")

    assert fault_of(answer, "email")[0].startswith("This account is suspended or deleted")
    assert mails() == []
    assert said(edited(chief, person, first_name="Grace")) == ["The account is changed."]


def test_the_address_wants_more_than_the_names(browser_of, owner, mails):
    browser = browser_of(Permission.USER_READ, Permission.USER_UPDATE)
    page = browser.get(page_of(owner)).content.decode()

    edited(browser, owner, first_name="Grace", email="new@example.org")

    owner.refresh_from_db()
    assert 'name="email"' not in page
    assert owner.first_name == "Grace"
    assert "new@example.org" not in {to for mail in mails() for to in mail.to}


def test_ones_own_address_is_not_changed_here(chief, boss):
    page = chief.get(page_of(boss)).content.decode()

    answer = edited(chief, boss, first_name="Grace", email="new@example.org")

    assert 'name="email"' not in page
    assert said(answer) == ["The account is changed."]
    assert not AuditEntry.objects.filter(action="EMAIL_CHANGE_REQUESTED").exists()


@pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
def test_saving_is_refused_without_the_permission(browser_of, owner, permission):
    browser = browser_of(Permission.USER_READ, permission)

    answer = edited(browser, owner, first_name="Grace")

    is_allowed = permission == Permission.USER_UPDATE
    assert answer.status_code == (200 if is_allowed else 403)
    owner.refresh_from_db()
    assert (owner.first_name == "Grace") == is_allowed


def test_who_holds_more_is_not_edited(browser_of, owner):
    browser = browser_of(Permission.USER_READ, Permission.USER_UPDATE)
    let_hold(owner, Permission.SYSTEM_MANAGE)

    page = browser.get(page_of(owner)).content.decode()
    answer = edited(browser, owner, first_name="Grace")

    assert 'name="first_name"' not in page
    assert fault_of(answer, "__all__") == ["That takes a permission that you do not hold yourself."]


def test_neither_form_is_taken_without_its_token(boss, owner):
    browser = PageClient(enforce_csrf_checks=True)
    browser.force_login(boss)

    answers = [
        browser.post(page_of(owner), {"first_name": "Grace", "username": "grace"}),
        browser.post(f"{LIST}add/", {"email": "new@example.org", "username": "newcomer"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not AuditEntry.objects.exists()


# --- Inviting ---------------------------------------------------------------------------------


def test_somebody_is_invited_by_a_mail_in_their_language(chief, mails):
    given = {
        "email": "New@Example.org",
        "username": "Newcomer",
        "first_name": "N",
        "language": "de",
    }

    answer = chief.post(f"{LIST}add/", given, follow=True)

    made = User.objects.get(username="newcomer")
    assert answer.redirect_chain == [(page_of(made).partition("?")[0], 302)]
    assert said(answer) == ["The invitation is on its way."]
    assert (made.email, made.language, made.invited_at is None) == ("new@example.org", "de", False)
    assert [mail.to for mail in mails()] == [["new@example.org"]]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"email": "owner_of_it@example.org"}, "An account with this email exists already."),
        ({"username": "owner_of_it"}, "This username is taken."),
        ({"email": ""}, "This field is required."),
        ({"language": "tlh"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_invited_is_told(chief, owner, given, fault):
    sent = {"email": "new@example.org", "username": "newcomer", **given}

    answer = chief.post(f"{LIST}add/", sent)

    assert faults(answer)[0].startswith(fault)
    assert User.objects.count() == 2


def test_who_may_invite_and_not_see_stays_where_they_are(browser_of):
    browser = browser_of(Permission.USER_CREATE)

    answer = browser.post(f"{LIST}add/", {"email": "new@example.org", "username": "newcomer"})
    page = browser.get(answer.url)

    assert answer.url == f"{LIST}add/"
    assert page.status_code == 200


def test_an_invitation_is_sent_anew(chief, mails):
    invited = UserFactory(unverified=True, invited_at="2026-01-01T00:00Z")
    browser_sees = chief.get(page_of(invited)).content.decode()

    answer = chief.post(
        f"{LIST}act/", {"action": "resend_invitation", "ids": str(invited.pk)}, follow=True
    )

    assert 'value="resend_invitation"' in browser_sees
    assert said(answer) == ["The invitation is on its way."]
    assert [mail.to for mail in mails()] == [[invited.email]]


def test_sessions_of_an_edited_person_go_on(chief, owner):
    session = sessions.open_session(owner, meta=RequestMeta(ip="203.0.113.7"))

    edited(chief, owner, first_name="Grace")

    assert Session.objects.live().filter(pk=session.pk).exists()
