"""Every mail, written for somebody who would like to break it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import getaddresses
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail
from django.template import Engine

from notifications.models import OutboxMail
from notifications.services import email, outbox

EVIL = '<b>&"\r\nBcc: eve@example.com'
TOKEN = "t&o=k/en"
AT = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=2)))

# What each argument is called with; a new mail with a new argument has to be given a value here.
VALUES: dict[str, Any] = {
    "token": TOKEN,
    "device": EVIL,
    "devices": [EVIL, EVIL],
    "place": EVIL,
    "at": AT,
    "invited_by": EVIL,
    "to": "new@example.com",
    "new_email": "new@example.com",
    "deadline": AT,
    "reason": EVIL,
    "fields": [EVIL, EVIL],
    "left": 3,
    "admin": EVIL,
    "added": [EVIL],
    "removed": [EVIL],
    "kept": [EVIL],
    "until": AT,
    "is_app_off": True,
}
MAILS: dict[str, Callable[..., None]] = {
    name: function for name, function in vars(email).items() if inspect.isfunction(function)
}
del MAILS["link"]


def send(name: str, person: Any) -> mail.EmailMultiAlternatives:
    arguments = [p for p in inspect.signature(MAILS[name]).parameters if p != "user"]
    MAILS[name](person, **{argument: VALUES[argument] for argument in arguments})
    outbox.deliver_due()
    (message,) = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    return message


class Tags(HTMLParser):
    """Which tags a page opens, and what its links and styles are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.links += [value for key, value in attrs if key in {"href", "src"}]


@pytest.fixture
def villain(make_person):
    return make_person("villain", first_name=EVIL)


def test_every_mail_has_its_templates_and_every_template_its_mail():
    folders = {
        p.name for p in Path(configured.BASE_DIR, "templates/emails").iterdir() if p.is_dir()
    }

    assert folders == set(MAILS)
    assert len(MAILS) == 35


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_goes_to_one_address_under_one_line(villain, name):
    message = send(name, villain)

    expected = VALUES["to"] if "to" in inspect.signature(MAILS[name]).parameters else villain.email
    sent = message.message()
    assert message.recipients() == [expected]
    assert getaddresses(sent.get_all("To")) == [("", expected)]
    assert sent["Bcc"] is None
    assert message.subject.strip()
    assert len(message.subject.splitlines()) == 1


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_keeps_hostile_values_harmless(villain, name):
    message = send(name, villain)

    html = message.alternatives[0].content
    assert "b" not in Tags(html).names
    assert "&lt;b&gt;&amp;&quot;" in html
    assert '<b>&"' in message.body
    assert "\nBcc" not in message.body


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_leaves_nothing_blank_and_loads_nothing(villain, name, monkeypatch):
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", "MISSING")

    message = send(name, villain)

    html = message.alternatives[0].content
    for text in (message.subject, message.body, html):
        assert "MISSING" not in text
        assert "None" not in text
        assert "{" not in text
    assert not Tags(html).names & {"img", "script", "style", "link", "table"}
    assert "\n\n\n" not in message.body


@pytest.mark.parametrize(
    "name", [n for n, f in MAILS.items() if "token" in inspect.signature(f).parameters]
)
def test_a_mail_with_a_token_links_to_a_page_and_says_how_long(person, name, settings):
    settings.LINK_BASE_URL = "https://front.example/app"

    message = send(name, person)

    html = message.alternatives[0].content
    links = [href for href in Tags(html).links if "token" in href]
    assert len(links) == 2
    assert len(set(links)) == 1
    page, _, query = links[0].removeprefix("https://front.example/app/").partition("?")
    assert query == "token=t%26o%3Dk%2Fen"
    assert links[0] in message.body.splitlines()
    lives = {1: "1 hour", 24: "24 hours", 168: "7 days"}[
        int(email.LIFETIMES[email.Page(page)].total_seconds()) // 3600
    ]
    assert f"The link works for {lives}" in message.body
    assert f"The link works for {lives}" in html


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("verify_email", "verify-email"),
        ("reset_password", "reset-password"),
        ("password_reset_by_staff", "reset-password"),
        ("not_me_confirmed", "reset-password"),
        ("email_change_undone", "reset-password"),
        ("invitation", "accept-invitation"),
        ("account_locked", "unlock"),
        ("email_change_confirm", "confirm-email"),
        ("email_change_notice", "undo-email"),
        ("password_changed", "not-me"),
        ("login_alert", "not-me"),
        ("session_reused", "not-me"),
        ("sessions_ended", "not-me"),
        ("codes_locked", "not-me"),
    ],
)
def test_each_link_opens_its_page(person, name, page):
    message = send(name, person)

    assert f"{configured.LINK_BASE_URL}/{page}?token=" in message.body


def test_times_are_in_utc_and_say_so(person):
    assert "Nov. 23, 2026, 10:00 UTC" in send("login_alert", person).body


def test_times_speak_the_language_of_the_person(make_person):
    message = send("login_alert", make_person(language="de"))

    assert "23. November 2026, 10:00 UTC" in message.body
    assert '<html lang="de">' in message.alternatives[0].content


@pytest.mark.parametrize("name", ["Win at evil.example", "https://evil", "eve@evil"])
def test_a_name_becomes_no_link_in_a_mail_to_a_stranger(make_person, name):
    message = send("verify_email", make_person(first_name=name))

    greeting = message.body.splitlines()[0]
    assert greeting.startswith("Hello ")
    assert not set("./:@") & set(greeting)


@pytest.mark.parametrize(
    ("first_name", "greeted"), [("J. R.", "J. R."), ("Änne", "Änne"), ("", "anna")]
)
def test_an_honest_name_is_greeted_as_it_is(make_person, first_name, greeted):
    message = send("verify_email", make_person(first_name=first_name))

    assert message.body.splitlines()[0] == f"Hello {greeted},"


def test_the_brand_is_the_operators(person, settings):
    settings.BRAND_NAME, settings.BRAND_COLOR = "Höfe & Söhne", "#123456"

    message = send("verify_email", person)

    html = message.alternatives[0].content
    assert message.subject == "Confirm your email address for Höfe & Söhne"
    assert "Höfe &amp; Söhne" in html
    assert "background-color:#123456" in html
    assert "solid #123456" in html


def test_a_mail_is_one_statement_about_its_person(person, django_assert_num_queries):
    with django_assert_num_queries(1):
        email.verify_email(person, token=TOKEN)

    row = OutboxMail.objects.get()
    assert (row.user_id, row.mail, row.language) == (person.pk, "verify_email", "en")


def test_what_is_not_given_is_not_mentioned(person):
    email.account_suspended(person)
    outbox.deliver_due()

    assert "Reason" not in mail.outbox[0].body
    assert "Reason" not in mail.outbox[0].alternatives[0].content
