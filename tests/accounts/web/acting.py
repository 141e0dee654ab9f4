"""Staff's browsers in somebody's place, and every page and form that there is."""

from __future__ import annotations

import re
from typing import Any

from django.urls import get_resolver

from accounts.models import Session, User
from tests.conftest import PageClient

_BANNER = re.compile(r'<section class="acting".*?</section>', re.DOTALL)


def begin(browser: PageClient, person: User, reason: str = "They called.") -> Any:
    """The answer to the form."""
    return browser.post(f"/impersonate/{person.pk}", {"reason": reason})


def acting(staff: User, person: User, **options: Any) -> PageClient:
    """A browser of the staff's in the person's place."""
    browser = PageClient(**options)
    browser.force_login(staff)
    answer = begin(browser, person)
    assert answer.status_code == 302, answer.text
    return browser


def row() -> Session:
    """The impersonation that there is."""
    return Session.objects.get(kind="impersonation")


def banner_of(answer: Any) -> str:
    """The banner's text, blanks made one; empty where there is none."""
    found = _BANNER.search(answer.text)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def name_of(browser: PageClient) -> str:
    """Whose account the pages show."""
    user = browser.get("/account/profile").context["request"].user
    return user.username if user.is_authenticated else ""


def views() -> list[Any]:
    """Every pattern of the account pages."""
    pages = next(
        one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "web"
    )
    return list(pages.url_patterns)
