"""Development's mailbox."""

from __future__ import annotations

import stat

import pytest
from django.core.mail import EmailMultiAlternatives

from config.common import mailbox


@pytest.fixture
def sent(settings, tmp_path, capsys):
    settings.MAILBOX = tmp_path / "mailbox"

    def send(
        subject="Hello", text="Open http://localhost:5001/verify-email?token=abc", html="<b>Hi</b>"
    ):
        message = EmailMultiAlternatives(subject, text, "noreply@localhost", ["ada@example.org"])
        message.attach_alternative(html, "text/html")
        return mailbox.MailboxBackend().send_messages([message])

    return send


def test_what_was_sent_is_listed_and_its_link_works(client, sent):
    assert sent("Grüße") == 1

    page = client.get("/dev/mailbox").text
    name = mailbox.listed()[0].name

    assert "Grüße" in page
    assert "ada@example.org" in page
    mail = client.get(f"/dev/mailbox/{name}").text
    assert 'href="http://localhost:5001/verify-email?token=abc"' in mail


def test_html_is_shown_in_a_sandbox(client, sent):
    sent(html="<script>alert(1)</script><b>Hi</b>")

    answer = client.get(f"/dev/mailbox/{mailbox.listed()[0].name}/html")

    assert answer.text.rstrip() == "<script>alert(1)</script><b>Hi</b>"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")


def test_text_is_no_html(client, sent):
    sent("<i>x</i>", "<script>alert(1)</script>")

    page = client.get(f"/dev/mailbox/{mailbox.listed()[0].name}").text

    assert "<script>alert" not in page
    assert "<i>x</i>" not in page


def test_it_is_emptied_by_a_form(client, sent):
    sent()

    client.post("/dev/mailbox")

    assert mailbox.listed() == []


def test_the_newest_are_kept_and_are_nobody_elses_to_read(sent, monkeypatch):
    monkeypatch.setattr(mailbox, "KEPT", 2)
    for number in range(4):
        sent(f"Mail {number}")

    assert [mail.subject for mail in mailbox.listed()] == ["Mail 3", "Mail 2"]
    file = mailbox._files()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["nothing", "0" * 32, "..%2F..%2Fetc%2Fpasswd"])
def test_what_is_not_there_is_not_found(client, sent, name):
    assert client.get(f"/dev/mailbox/{name}").status_code == 404
