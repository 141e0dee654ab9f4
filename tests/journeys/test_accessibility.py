"""Every page as axe sees it, in light and dark, and on a screen of 320 pixels."""

from __future__ import annotations

import pytest

from tests.journeys.app import code_of
from tests.journeys.looking import look

OWNER, PASSWORD = "owner", "Owner-of-it-all7"
OPEN = [
    "/",
    "/login",
    "/register",
    "/forgot-password",
    "/resend-verification",
    "/recover",
    "/reactivate",
    "/verify-email",
    "/nothing-here",
    "/dev/mailbox",
    "/docs",
    "/docs/security",
    "/docs/settings",
    "/docs/errors",
    "/docs/api/account",
]
OWN = [
    "/account",
    "/account/sessions",
    "/account/profile",
    "/account/preferences",
    "/account/notifications",
    "/account/data",
    "/account/password",
    "/account/email",
    "/account/two-factor",
    "/account/two-factor/setup",
    "/account/delete",
    "/account/deactivate",
    "/account/erase",
    "/confirm",
]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(visitor, scheme, width):
    one = visitor(color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[str] = []
    for path in OPEN:
        one.open(path)
        wrong += look(one, where=path)
    one.open("/register")
    one.fill(email="no address")
    one.press("Create account")
    wrong += look(one, where="faults of a form")
    one.sign_in(OWNER, PASSWORD)
    one.is_at("/account")
    for path in OWN:
        one.open(path)
        wrong += look(one, where=path)
    one.open("/account/two-factor/setup")
    one.page.locator("#id_code").press_sequentially(
        code_of(one.page.locator("#secret").inner_text())
    )
    one.sees("Your ten backup codes")
    wrong += look(one, where="backup codes")
    one.open("/account/two-factor")
    wrong += look(one, where="a second factor that is on")

    assert wrong == []
