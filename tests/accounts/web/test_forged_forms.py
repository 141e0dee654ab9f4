"""No form of ours does anything that was sent from elsewhere, or by a link."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver

from accounts.models import User
from accounts.web.urls import urlpatterns
from audit.models import AuditEntry
from notifications.models import Notification
from tests.conftest import PageClient
from tests.factories import PASSWORD

ID = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
PATHS = sorted(
    "/" + re.sub(r"<\w+:\w+>", ID, str(pattern.pattern))
    for pattern in urlpatterns
    if not str(pattern.pattern).startswith("^")
)
OWN = [path for path in PATHS if path.startswith("/account")]
# Answers that are nobody's form.
NO_FORM = {"/brand.css", "/account/notifications/unread"}
# Enough of everything for any of the forms.
BODY = {
    "password": PASSWORD,
    "confirm_password": PASSWORD,
    "current_password": PASSWORD,
    "new_password": "Another-Horse8",
    "confirm_email": "owner_of_it@example.org",
    "new_email": "other@example.org",
    "first_name": "Mallory",
    "language": "de",
    "clear": "1",
    "remove": "1",
}


@pytest.fixture
def strict(owner):
    """A signed-in browser that Django checks as it checks a real one."""
    browser = PageClient(enforce_csrf_checks=True)
    browser.force_login(owner)
    return browser


def state():
    """What a form could change."""
    return (
        list(User.objects.values_list("password", "first_name", "language", "deleted_at")),
        AuditEntry.objects.count(),
        Notification.objects.count(),
    )


def test_there_are_forms_to_look_at():
    assert len(PATHS) > 35
    assert get_resolver().resolve("/account/delete")


@pytest.mark.parametrize("path", [path for path in PATHS if path not in NO_FORM])
def test_a_form_without_its_token_is_refused(strict, path):
    before = state()

    answer = strict.post(path, BODY)

    assert answer.status_code == 403 or path == "/"
    assert state() == before


@pytest.mark.parametrize("path", [path for path in OWN if path not in NO_FORM])
def test_so_is_one_with_somebody_elses(strict, path):
    other = PageClient(enforce_csrf_checks=True)
    other.get("/login")
    strict.get("/account")
    before = state()

    answer = strict.post(path, {**BODY, "csrfmiddlewaretoken": other.cookies["csrf"].value})

    assert answer.status_code == 403
    assert state() == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_so_is_one_from_another_site(strict, origin):
    strict.get("/account/profile")
    token = strict.cookies["csrf"].value

    answer = strict.post(
        "/account/profile", {**BODY, "csrfmiddlewaretoken": token}, headers={"origin": origin}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("path", [path for path in OWN if path != "/account/two-factor/setup"])
def test_a_link_changes_nothing(client, owner, path):
    client.force_login(owner)
    before = state()

    answer = client.get(path, BODY)

    assert answer.status_code in {200, 302}
    assert state() == before


@pytest.mark.parametrize("path", [path for path in OWN if path not in NO_FORM])
def test_nobody_sees_a_page_of_somebody(client, db, path):
    for answer in (client.get(path), client.post(path, BODY)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_how_it_may_be_used(client, owner, path):
    client.force_login(owner)

    headers = client.get(path).headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == (
        "public, max-age=3600" if path == "/brand.css" else "no-store"
    )
