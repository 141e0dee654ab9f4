"""Pages that one meets only on the way, behind a link of a mail or a step, before axe."""

from __future__ import annotations

from tests.journeys.app import code_of
from tests.journeys.looking import look_all_ways
from tests.journeys.test_pages import ADA, FIRST, SECOND
from tests.servers import link_in

NEW = "countess@example.org"


def way_in(ada, at, follow):
    ada.open("/register")
    ada.fill(email=ADA, username="ada", first_name="Ada", password=FIRST)
    ada.press("Create account")
    ada.sees("Look into your mailbox")
    at("registered")
    follow(ADA, "Confirm your email address", "verify")
    ada.press("Confirm")
    at("verified")

    ada.open("/forgot-password")
    ada.fill(email=ADA)
    ada.press("Mail me a link")
    at("a link is on its way")
    follow(ADA, "Reset your", "reset")
    ada.fill(password=SECOND, confirm_password=FIRST)
    ada.press("Set password")
    at("reset with a fault")


def test_no_page_on_the_way_keeps_anybody_out(visitor, mail_server):
    ada = visitor()
    wrong: list[str] = []

    def at(what: str) -> None:
        wrong.extend(look_all_ways(ada, where=what))

    def follow(address: str, subject: str, what: str) -> None:
        ada.open(link_in(mail_server.wait_for(address, subject)))
        at(what)

    way_in(ada, at, follow)
    ada.sign_in("ada", FIRST)
    ada.open("/account/two-factor/setup")
    secret = ada.page.locator("#secret").inner_text()
    ada.page.locator("#id_code").press_sequentially(code_of(secret))
    ada.sees("Your ten backup codes")
    codes = ada.page.locator("#codes li").all_inner_texts()
    ada.open("/account/two-factor/backup-codes")
    at("new backup codes")
    ada.open("/account/two-factor/off")
    at("second factor off")
    ada.open("/account/email")
    ada.fill(new_email=NEW, password=FIRST, code=codes[0])
    ada.press("Send the link")
    at("a new address waits")
    follow(NEW, "Confirm", "confirm address")
    ada.press("Use this address")
    at("address confirmed")
    ada.open("/account/notifications")
    at("notifications")
    follow(ADA, "is about to change", "undo address")

    other = visitor()
    other.sign_in("ada", FIRST)
    other.sees("Second step")
    wrong += look_all_ways(other, where="code")
    other.press("Use a backup code instead")
    wrong += look_all_ways(other, where="backup code")

    ada.open("/account/deactivate")
    ada.fill(password=FIRST, code=codes[1])
    ada.press("Deactivate")
    ada.sees("deactivated")
    at("deactivated")

    assert wrong == []
