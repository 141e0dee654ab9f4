"""The whole life of an account in a real browser, with mails from a real mail server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.journeys.app import code_of
from tests.servers import MailServer, link_in

ADA = "ada@example.org"
FIRST, SECOND = "Correct-Horse7", "Another-Horse8"


def sign_up(ada, mail_server: MailServer) -> None:
    ada.open("/register")
    ada.fill(email=ADA, username="ada", first_name="Ada", password=FIRST)
    ada.press("Create account")
    ada.sees("Look into your mailbox")
    ada.open(link_in(mail_server.wait_for(ADA, "Confirm your email address")))
    ada.press("Confirm")
    ada.sees("Your email address is confirmed.")


def test_a_life_in_the_browser(visitor, mail_server, tmp_path):
    ada = visitor()
    sign_up(ada, mail_server)
    ada.sign_in("ada", FIRST)
    ada.sees("Hello, Ada")

    # Profile and picture, cut out by hand.
    ada.open("/account/profile")
    ada.fill(last_name="Lovelace", city="London")
    ada.press("Save")
    ada.sees("Your profile is saved.")
    picture = Path(tmp_path / "me.png")
    Image.new("RGB", (900, 600), "teal").save(picture)
    cropping = ada.page.locator("form[data-crop]")
    cropping.evaluate("form => { form.dataset.cut = 'yes'; }")  # as after one that never arrived
    ada.page.set_input_files("#id_picture", picture)
    ada.page.locator(".crop").wait_for()
    assert cropping.get_attribute("data-cut") is None
    ada.page.keyboard.press("Tab")
    ada.press("Save picture")
    ada.sees("Your picture is saved.")
    assert ada.page.locator("img.avatar").evaluate("image => image.naturalWidth") == 512

    # Another address, confirmed from there.
    ada.open("/account/email")
    ada.fill(new_email="countess@example.org", password=FIRST)
    ada.press("Send the link")
    ada.open(link_in(mail_server.wait_for("countess@example.org", "Confirm")))
    ada.press("Use this address")
    ada.open("/account/profile")
    ada.sees("countess@example.org")

    # German, and back.
    ada.open("/account/preferences")
    ada.page.select_option("#id_language", "de")
    ada.press("Save")
    assert ada.page.locator("html").get_attribute("lang") == "de"
    ada.page.select_option("#id_language", "en")
    ada.page.locator("main button[type=submit]").click()
    ada.sees("Your preferences are saved.")

    # The file of everything.
    ada.open("/account/data")
    with ada.page.expect_download() as download:
        ada.press("Download")
    assert "countess@example.org" in Path(download.value.path()).read_text()

    # Gone, and back.
    ada.open("/account/delete")
    ada.fill(password=FIRST)
    ada.press("Delete my account")
    ada.sees("Your account is deleted")
    ada.sign_in("ada", FIRST)
    ada.press("Recover this account")
    ada.fill(email="countess@example.org", password=FIRST)
    ada.press("Recover")
    ada.sees("Your account is back, as it was.")
    ada.sign_in("ada", FIRST)
    ada.sees("Hello, Ada")
    ada.page.get_by_role("button", name="Sign out").click()
    ada.is_at("/login")


def test_a_second_factor_with_a_real_app(visitor, mail_server):
    ada = visitor()
    sign_up(ada, mail_server)
    ada.sign_in("ada", FIRST)
    ada.press("Turn it on")
    ada.press("Set it up")
    secret = ada.page.locator("#secret").inner_text()
    # Six digits go off by themselves.
    ada.page.locator("#id_code").press_sequentially(code_of(secret))
    ada.sees("Your ten backup codes")
    codes = ada.page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    with ada.page.expect_download() as download:
        ada.press("Download")
    assert Path(download.value.path()).read_text().split() == codes

    other = visitor()
    other.sign_in("ada", FIRST)
    other.sees("Second step")
    other.page.locator("#id_token").fill("000000")
    other.page.wait_for_load_state()
    other.sees("4 tries left")
    other.sees("Sent by itself at the sixth digit.")
    # Letters among them are no code of the app: it stays, for whoever typed it to look at.
    other.page.locator("#id_token").press_sequentially("12x3456")
    other.page.locator("#id_token").fill("")
    other.page.get_by_label("Trust this device").check()
    other.page.locator("#id_token").press_sequentially(code_of(secret, step=1))
    other.sees("Hello, Ada")
    other.page.get_by_role("button", name="Sign out").click()
    other.sign_in("ada", FIRST)
    other.sees("Hello, Ada")

    third = visitor()
    third.sign_in("ada", FIRST)
    third.press("Use a backup code instead")
    third.fill(token=codes[0])
    third.press("Go on")
    third.sees("Hello, Ada")


def test_a_browser_whose_session_is_ended_elsewhere_falls_out(visitor, mail_server):
    here, there = visitor(), visitor()
    sign_up(here, mail_server)
    here.sign_in("ada", FIRST)
    there.sign_in("ada", FIRST)
    there.sees("Hello, Ada")

    here.open("/account/sessions")
    here.press("Sign all others out")
    here.sees("1 device is signed out.")

    there.open("/account/profile")
    there.is_at("/login?next=%2Faccount%2Fprofile")
    there.sees("Your session has ended.")


def test_a_forgotten_password_by_the_mail_that_was_sent(visitor, mail_server):
    ada = visitor()
    sign_up(ada, mail_server)
    ada.open("/login")
    ada.press("Forgot your password?")
    ada.fill(email=ADA)
    ada.press("Mail me a link")

    ada.open(link_in(mail_server.wait_for(ADA, "Reset your")))
    assert re.search(r"/reset-password$", ada.page.url), "no token stays in the address"
    ada.fill(password=SECOND, confirm_password=SECOND)
    ada.press("Set password")

    ada.sees("Your password is set.")
    ada.sign_in("ada", FIRST)
    ada.sees("The name or the password is not right.")
    ada.sign_in("ada", SECOND)
    ada.sees("Hello, Ada")


def test_sign_in_and_second_factor_by_keyboard_alone(visitor, mail_server):
    ada = visitor()
    sign_up(ada, mail_server)
    keys = ada.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            focused = ada.page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
            )
            if focused == name:
                outline = ada.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"{name} is focused and does not look so"
                return
        pytest.fail(f"{name} cannot be reached by keyboard")

    ada.open("/login")
    tab_to("Email or username")
    keys.type("ada")
    tab_to("Password")
    keys.type(FIRST)
    keys.press("Enter")
    ada.sees("Hello, Ada")
    tab_to("Turn it on")
    keys.press("Enter")
    ada.is_at("/account/two-factor")
    tab_to("Set it up")
    keys.press("Enter")
    ada.is_at("/account/two-factor/setup")
    secret = ada.page.locator("#secret").inner_text()
    tab_to("Six digits from the app")
    keys.type(code_of(secret))
    ada.sees("Your ten backup codes")
    tab_to("Sign out")
    keys.press("Enter")
    ada.is_at("/login")
    tab_to("Email or username")
    keys.type("ada")
    tab_to("Password")
    keys.type(FIRST)
    keys.press("Enter")
    ada.is_at("/login/code")
    tab_to("Code")
    keys.type(code_of(secret, step=1))
    ada.sees("Hello, Ada")


def test_everything_works_without_scripts(visitor, mail_server):
    ada = visitor(java_script_enabled=False)
    sign_up(ada, mail_server)
    ada.sign_in("ada", FIRST)
    ada.sees("Hello, Ada")
    ada.open("/account/two-factor/setup")
    ada.fill(code=code_of(ada.page.locator("#secret").inner_text()))
    ada.press("Turn it on")
    ada.sees("Your ten backup codes")
    ada.press("I have kept them")
    ada.page.get_by_role("button", name="Switch to dark").click()
    assert ada.page.locator("html").get_attribute("data-theme") == "dark"
