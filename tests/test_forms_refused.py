"""No form on any page does anything that was sent from elsewhere, or by a link.

The pages are found by walking them, so this holds for those to come. What a strict policy forbids
and what every page's headers say is looked at on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.urls import get_resolver

from accounts.models import User
from accounts.services import sessions, two_factor
from config.common.pages import PAGE_POLICY
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind
from notifications.services import inbox
from rbac.models import Role
from rbac.permissions import Permission
from tests.accounts.authenticator import turned_on
from tests.conftest import PageClient
from tests.factories import UserFactory, admin
from tests.staff import granted
from tests.walking import TOKEN, Form, Page, walk

HERE = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
REFUSED = "That form could not be accepted"
OPEN = (
    "/",
    "/register",
    "/login",
    "/resend-verification",
    "/forgot-password",
    "/recover",
    "/reactivate",
)
# What moves by being looked at, and is nothing that a form changes.
MOVES = {"accounts_session": "last_activity"}
# Nobody is sent back to these: they ask for no sign-in and answer with another page.
NEVER_COME_BACK_TO = {"/theme", "/logout", "/impersonate/end"}
NOT_LOOKED_AT = {"django_session", "accounts_ratecount"}
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def boss(db: None) -> User:
    """An admin, among people with something of everything that a page may show."""
    boss = admin(username="boss")
    for person in (boss, UserFactory(username="stranger"), UserFactory(suspended=True)):
        for _ in range(2):
            sessions.open_session(person, meta=HERE)
        inbox.notify(person, Kind.SYSTEM, title="Hello", message="there")
    turned_on(UserFactory(username="careful"))
    UserFactory(deleted=True)
    granted(Permission.USER_MANAGE, on=boss)
    Role.objects.create(name="empty_role")
    two_factor.set_up(boss)
    return boss


def strict(user: User | None) -> PageClient:
    """A browser that Django checks as it checks a real one."""
    browser = PageClient(enforce_csrf_checks=True)
    if user is not None:
        browser.force_login(user)
    return browser


def somebody() -> User:
    return User.objects.get(username="stranger")


def state() -> str:
    """Everything that is kept, in a word."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in NOT_LOOKED_AT:
                continue
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  names of our own
            names = [column[0] for column in cursor.description]
            kept = [number for number, name in enumerate(names) if name != MOVES.get(table)]
            rows = sorted(repr([row[number] for number in kept]) for row in cursor.fetchall())
            digest.update(f"{table} {rows}".encode())
    return digest.hexdigest()


def start_of(user: User | None) -> tuple[str, ...]:
    return OPEN if user is None else ("/account", "/staff/", "/confirm")


def forms_of(pages: list[Page]) -> Iterator[Form]:
    """Each once."""
    found = {form.id: form for page in pages for form in page.forms if form.method == "post"}
    yield from found.values()


def faults(browser: PageClient, form: Form) -> Iterator[str]:
    """What went through, or changed something, that should not have."""
    other = strict(None)
    foreign = str(other.get("/login").context["csrf_token"])
    before = state()
    for data in form.sent():
        ways: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
            "without a token": (data, {}),
            "with another browser's token": ({**data, TOKEN: foreign}, {}),
            "with a token of nobody's": ({**data, TOKEN: "x" * 64}, {}),
            "from another site": (
                {**data, TOKEN: form.fields.get(TOKEN, "")},
                {"origin": "https://evil.example"},
            ),
            "from a page without an address": (
                {**data, TOKEN: form.fields.get(TOKEN, "")},
                {"origin": "null"},
            ),
        }
        for way, (sent, headers) in ways.items():
            answer = browser.post(form.action, sent, headers=headers)
            if answer.status_code != 403 or REFUSED not in answer.text:
                yield f"{form.action} {sorted(data)} {way}: {answer.status_code}"
        answer = browser.get(form.action, data)
        # A browser comes back to where a form went by a link: there has to be a page.
        fine = {200, 302, 403, 404, 422} | ({405} if form.action in NEVER_COME_BACK_TO else set())
        if answer.status_code not in fine:
            yield f"{form.action} by a link: {answer.status_code}"
    if state() != before:
        yield f"{form.action} {sorted(form.fields)} changed something"


# --- Forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "somebody", "staff"])
def test_no_form_takes_what_was_sent_from_elsewhere(boss, who):
    user = {"nobody": None, "somebody": somebody(), "staff": boss}[who]
    browser = strict(user)
    pages = list(walk(browser, *start_of(user)))
    forms = list(forms_of(pages))

    found = [fault for form in forms for fault in faults(browser, form)]

    assert found == []
    assert len(forms) >= {"nobody": 7, "somebody": 18, "staff": 40}[who]


def test_the_same_forms_pass_with_their_own_token(boss):
    """Else a 403 above would prove nothing."""
    browser = strict(boss)
    pages = walk(browser, "/account/profile", "/account/preferences")
    (form,) = [one for one in forms_of([next(pages)]) if "first_name" in one.fields]
    data = {**next(form.sent()), "first_name": "Grace", "timezone": "", "phone": ""}

    answer = browser.post(form.action, {**data, TOKEN: form.fields[TOKEN]})

    assert answer.status_code == 302
    assert User.objects.get(pk=boss.pk).first_name == "Grace"


def patterns(found: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for one in found or get_resolver().url_patterns:
        if hasattr(one, "url_patterns"):
            yield from patterns(one.url_patterns, f"{prefix}{one.pattern}")
        else:
            yield f"{prefix}{one.pattern}", one


def test_an_unchecked_form_would_be_found(boss, monkeypatch):
    for name, path in (("profile", "/account/profile"), ("picture", "/account/profile")):
        view = next(one.callback for _path, one in patterns() if one.name == name)
        browser = strict(boss)
        page = next(walk(browser, path))
        form = next(one for one in forms_of([page]) if one.action == f"/account/{name}")
        assert list(faults(browser, form)) == []

        monkeypatch.setattr(view, "csrf_exempt", True, raising=False)

        assert list(faults(browser, form))


def test_no_page_is_left_unchecked():
    """Those too that no other page leads to."""
    exempt = {path for path, one in patterns() if getattr(one.callback, "csrf_exempt", False)}

    assert {path for path in exempt if not path.lstrip("^").startswith("api")} == set()


# --- Links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "somebody", "staff"])
def test_looking_at_pages_changes_nothing_and_finds_them_whole(boss, who):
    user = {"nobody": None, "somebody": somebody(), "staff": boss}[who]
    browser = strict(user)
    browser.get("/account/two-factor/setup")  # a set-up begins with a look, and once
    before, wrong = state(), []

    for page in walk(browser, *start_of(user)):
        now = state()
        # What is taken away as a file is written down; nothing else is a look worth a line.
        if now != before and "Content-Disposition" not in page.answer.headers:
            wrong.append(f"{page.url} changed something")
        before = now
        if page.answer.status_code not in {200, 302}:
            wrong.append(f"{page.url}: {page.answer.status_code}")
        wrong += [f"{page.url}: {one}" for one in page.inline]
        wrong += [
            f"{page.url} loads {one}" for one in page.loaded if not one.startswith(("/", "data:"))
        ]
        wrong += list(unsaid(page))

    assert wrong == [], "\n".join(wrong)


def unsaid(page: Page) -> Iterator[str]:
    """What an answer should say of itself and does not."""
    headers = page.answer.headers
    for name, wanted in HEADERS.items():
        if headers.get(name) != wanted:
            yield f"{page.url}: {name}: {headers.get(name)}"
    if "no-store" not in headers["Cache-Control"]:
        yield f"{page.url}: Cache-Control: {headers['Cache-Control']}"
    for name in ("Server", "X-Powered-By"):
        if name in headers:
            yield f"{page.url}: {name}"
    for name, cookie in page.answer.cookies.items():
        if not cookie["httponly"] or cookie["samesite"] != "Lax" or cookie["domain"]:
            yield f"{page.url}: cookie {name}"
