from __future__ import annotations

import pytest

from accounts.models import OneTimeToken, User
from accounts.services import email_change
from tests.accounts.authenticator import turned_on
from tests.factories import PASSWORD

NEW = "new@example.net"


@pytest.fixture
def links(owner, link_token, meta_of_a_page):
    """Tokens of a request: confirm, undo."""
    email_change.ask(User.objects.get(pk=owner.pk), NEW, PASSWORD, meta=meta_of_a_page)
    return link_token("confirm-email"), link_token("undo-email")


@pytest.fixture
def meta_of_a_page():
    from config.common.request_meta import RequestMeta

    return RequestMeta(ip="203.0.113.7")


@pytest.mark.parametrize("number", [0, 1])
def test_opening_a_link_spends_nothing_and_hides_the_token(client, owner, links, number):
    page = ["/confirm-email", "/undo-email"][number]

    first = client.get(f"{page}?token={links[number]}")
    shown = client.get(page)

    assert (first.status_code, first.url) == (302, f"http://localhost:5001{page}")
    assert shown.status_code == 200
    assert links[number] not in shown.content.decode()
    assert not OneTimeToken.objects.filter(used_at__isnull=False).exists()
    assert User.objects.get(pk=owner.pk).email == owner.email


def test_the_button_confirms(client, owner, links):
    client.get(f"/confirm-email?token={links[0]}")

    answer = client.post("/confirm-email")

    assert answer.status_code == 200
    assert User.objects.get(pk=owner.pk).email == NEW
    assert client.post("/confirm-email").status_code == 400


def test_the_button_undoes(client, owner, links, mails):
    client.get(f"/undo-email?token={links[1]}")

    answer = client.post("/undo-email")

    assert answer.status_code == 200
    assert mails()[-1].to == [owner.email]
    assert "/reset-password?token=" in str(mails()[-1].body)


def test_undo_asks_in_its_form_for_a_code_that_is_missing_or_wrong(client, owner, links):
    app = turned_on(User.objects.get(pk=owner.pk))
    client.get(f"/undo-email?token={links[1]}")

    without = client.post("/undo-email")
    wrong = client.post("/undo-email", {"code": "000000"})
    right = client.post("/undo-email", {"code": app.code()})

    assert (without.status_code, wrong.status_code, right.status_code) == (401, 400, 200)
    assert "second factor" in without.content.decode()
    assert "not right" in wrong.content.decode()


@pytest.mark.parametrize("page", ["/confirm-email", "/undo-email"])
def test_a_page_without_a_link_and_a_forged_link_are_told_so(client, db, page):
    assert client.get(page).status_code == 400

    client.get(f"{page}?token=forged")

    assert client.post(page).status_code == 400
