"""Each thing is opened by its permission and by no other, whether it was offered or not."""

import pytest
from guardian.shortcuts import assign_perm

from accounts.admin.acts import ACTS, MANY
from accounts.models import User
from accounts.services import sessions
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.accounts.admin.pages import (
    ACT,
    LIST,
    SESSIONS,
    buttons,
    do,
    given_for,
    page_of,
    state,
    told,
)
from tests.conftest import PageClient
from tests.factories import UserFactory, admin
from tests.staff import granted, holding, let_hold

pytestmark = pytest.mark.django_db

EACH = pytest.mark.parametrize("permission", list(Permission), ids=lambda one: one.name)
EVERY_ACT = pytest.mark.parametrize("action", ACTS)
READ = Permission.USER_READ
REFUSED = "That takes a permission that you do not hold yourself."


@pytest.fixture
def person(owner):
    """Somebody to whom most things can be done."""
    sessions.open_session(owner, meta=RequestMeta(ip="203.0.113.7"))
    assign_perm("user_read", owner, UserFactory())
    return owner


@EACH
def test_pages_are_opened_by_these(browser_of, person, permission):
    browser = browser_of(permission)
    pages = {
        LIST: {READ},
        f"{LIST}export/": {READ},
        page_of(person): {READ},
        f"{LIST}add/": {Permission.USER_CREATE},
    }

    opened = {page for page in pages if browser.get(page).status_code == 200}

    assert opened == {page for page, needed in pages.items() if permission in needed}
    assert browser.get(SESSIONS).status_code == 403


@EACH
def test_sessions_are_opened_by_managing_people_and_reading_them(browser_of, permission):
    browser = browser_of(READ, permission)

    opened = browser.get(SESSIONS).status_code == 200

    assert opened == (permission == Permission.USER_MANAGE)


@EACH
def test_acts_are_opened_by_these_and_seeing_the_person(browser_of, person, permission):
    browser = browser_of(READ, permission)

    answers = {name: browser.post(ACT, {"action": name, "ids": str(person.pk)}) for name in ACTS}

    opened = {name for name, answer in answers.items() if answer.status_code != 403}
    assert opened == {name for name, act in ACTS.items() if act.permission == permission}


@EVERY_ACT
def test_the_permission_alone_shows_nobody(browser_of, person, action):
    browser = browser_of(ACTS[action].permission)
    before = state()

    answer = do(browser, action, person, **given_for(action, person))

    assert answer.status_code == 403
    assert person.email not in answer.content.decode()
    assert state() == before


@EACH
def test_the_page_shows_each_thing_to_who_may_see_it(browser_of, person, permission):
    browser = browser_of(READ, permission)

    profile = browser.get(page_of(person)).content.decode()
    roles = browser.get(page_of(person, "roles")).content.decode()
    factors = browser.get(page_of(person, "factors")).content.decode()
    shown = {
        "edit": 'name="first_name"' in profile,
        "grants": "Permissions on single people" in roles,
        "explain": 'id="explain"' in roles,
        "activity": browser.get(page_of(person, "activity")).status_code == 200,
        "activity tab": "?tab=activity" in profile,
        "devices": "Trusted devices" in factors,
    }

    expected = {
        "edit": Permission.USER_UPDATE,
        "grants": Permission.ROLE_ASSIGN,
        "explain": Permission.ROLE_READ,
        "activity": Permission.AUDIT_READ,
        "activity tab": Permission.AUDIT_READ,
        "devices": Permission.USER_MANAGE,
    }
    assert shown == {what: needed == permission for what, needed in expected.items()}


@EACH
def test_only_what_may_be_done_is_offered(browser_of, person, permission):
    browser = browser_of(READ, permission)

    offered = set()
    for tab in ("profile", "roles", "sessions", "factors"):
        offered |= buttons(browser.get(page_of(person, tab)))
    listed = buttons(browser.get(LIST))

    assert all(ACTS[name].permission == permission for name in offered)
    assert listed == {act.name for act in MANY if act.permission == permission}
    if permission == Permission.USER_MANAGE:
        assert {"suspend", "reset_password", "lend_password", "sign_out"} <= offered
        assert not offered & {"reactivate", "restore", "verify_email", "unlock", "remove_factor"}


@pytest.mark.parametrize("on_one", [False, True], ids=["by a role", "on one person"])
@EVERY_ACT
def test_nothing_is_done_to_who_holds_more(browser_of, person, action, on_one):
    browser = browser_of(READ, ACTS[action].permission)
    if on_one:
        assign_perm("user_update", person, UserFactory())
    else:
        let_hold(person, Permission.SYSTEM_MANAGE)
    before = state()

    answer = do(browser, action, person, **given_for(action, person))

    assert told(answer) == [REFUSED]
    assert state() == before
    for tab in ("profile", "roles", "sessions", "factors"):
        assert buttons(browser.get(page_of(person, tab))) == set()


@EVERY_ACT
def test_nothing_is_done_by_a_link(chief, person, action):
    before = state()

    answer = chief.get(ACT, {"action": action, "ids": str(person.pk), "sure": "1"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/staff/accounts/user/"
    assert state() == before


@EVERY_ACT
def test_nothing_is_done_without_the_token_of_the_form(boss, person, action):
    browser = PageClient(enforce_csrf_checks=True)
    browser.force_login(boss)
    before = state()
    given = given_for(action, person)

    without = browser.post(ACT, {"action": action, "ids": str(person.pk), "sure": "1", **given})
    foreign = browser.post(
        ACT,
        {
            "action": action, "ids": str(person.pk), "sure": "1", **given,
            "csrfmiddlewaretoken": "a" * 64,
        },
    )  # fmt: skip

    assert (without.status_code, foreign.status_code) == (403, 403)
    assert state() == before


@EVERY_ACT
def test_nothing_is_done_by_who_is_no_staff(client, person, stranger, action):
    let_hold(stranger, *set(Permission) - {Permission.ADMIN_ACCESS})
    client.force_login(stranger)
    before = state()

    answer = client.post(ACT, {"action": action, "ids": str(person.pk), "sure": "1"})

    assert answer.status_code == 302
    assert state() == before


@pytest.mark.parametrize("action", [act.name for act in MANY if act.asks])
def test_what_is_dangerous_is_asked_first(chief, person, action):
    before = state()

    answer = chief.post(ACT, {"action": action, "ids": str(person.pk)})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="sure"' in page
    assert person.email in page
    assert state() == before


def test_a_grant_on_one_person_opens_that_person_and_nobody_else(owner, stranger):
    clerk = granted(Permission.USER_READ, on=owner)
    assign_perm("user_manage", clerk, owner)
    let_hold(clerk, Permission.ADMIN_ACCESS)
    browser = PageClient()
    browser.force_login(clerk)

    theirs = browser.get(page_of(owner))
    others = [browser.get(page_of(stranger)), browser.get(LIST)]
    both = browser.post(ACT, {"action": "suspend", "ids": [str(owner.pk), str(stranger.pk)]})
    done = do(browser, "suspend", owner)

    assert theirs.status_code == 200
    assert "suspend" in buttons(theirs)
    assert [answer.status_code for answer in [*others, both]] == [403, 403, 403]
    owner.refresh_from_db()
    assert owner.suspended_at is not None
    assert done.status_code == 200


@EVERY_ACT
def test_to_oneself_only_what_the_rules_allow(chief, boss, action):
    admin()
    before = state()

    answer = do(chief, action, boss, **given_for(action, boss))

    if ACTS[action].to_oneself:
        assert "That cannot be done to oneself." not in told(answer)
        return
    assert told(answer) == ["That cannot be done to oneself."]
    assert state() == before
    for tab in ("profile", "factors"):
        assert action not in buttons(chief.get(page_of(boss, tab)))


@pytest.mark.parametrize("action", ["suspend", "delete", "erase"])
def test_the_last_admin_stays(action):
    last = admin(username="last_one")
    # Holds as much as an admin does, but is none.
    browser = PageClient()
    browser.force_login(holding(*Permission))
    before = state()

    answer = do(browser, action, last, **given_for(action, last))

    assert told(answer) == ["This is the last active admin. Make somebody else one first."]
    assert state() == before
    assert action not in buttons(browser.get(page_of(last)))


@pytest.mark.parametrize(
    "key", ["abc", "0", "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10", "019AAF3E5C1F7C529D430C6F5A2B7E10"]
)
def test_who_is_not_there_is_no_error(chief, key):
    assert chief.get(f"{LIST}{key}/change/").status_code == 404


@pytest.mark.parametrize("given", [{"action": "destroy", "ids": ""}, {"ids": "abc"}, {"ids": "\0"}])
def test_nonsense_is_no_error(chief, given):
    answer = chief.post(ACT, {"action": "suspend", **given})

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize(
    ("whom", "is_offered"),
    [
        ("owner", True),
        ("oneself", False),
        ("suspended", False),
        ("invited", False),
        ("above", False),
    ],
)
def test_acting_in_somebodys_place_is_offered_where_it_may_be(browser_of, whom, is_offered):
    browser = browser_of(READ)
    person = {
        "owner": UserFactory,
        "oneself": lambda: User.objects.get(sessions__kind="browser"),
        "suspended": lambda: UserFactory(suspended=True),
        "invited": lambda: UserFactory(invited_at="2026-01-01T00:00Z"),
        "above": admin,
    }[whom]()

    page = browser.get(page_of(person)).content.decode()

    assert (f'href="/impersonate/{person.pk}"' in page) == is_offered
    if is_offered:
        assert browser.get(f"/impersonate/{person.pk}").status_code == 200
