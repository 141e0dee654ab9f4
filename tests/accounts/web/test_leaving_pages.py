"""One's data, leaving and coming back, and the look of the pages."""

from __future__ import annotations

import pytest

from accounts.models import OneTimeToken, Purpose, User
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from tests.accounts.authenticator import turned_on
from tests.factories import PASSWORD, UserFactory

NEW = "Another-Horse8"
HERE = RequestMeta(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
SIGN_UP = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}


@pytest.fixture
def browser(client, owner):
    client.force_login(owner)
    return client


def fresh(user):
    return User.objects.get(pk=user.pk)


# --- Data, leaving, coming back -------------------------------------------------------------------


def test_the_file_is_sent_to_a_form_and_to_no_link(browser, owner):
    assert browser.get("/account/data/download").status_code == 302
    assert not AuditEntry.objects.filter(action=Action.DATA_EXPORTED).exists()

    answer = browser.post("/account/data/download")

    assert owner.email in answer.getvalue().decode()
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "column", "back"),
    [
        ("/account/deactivate", "deactivated_at", "/reactivate"),
        ("/account/delete", "deleted_at", "/recover"),
    ],
)
def test_leaving_and_coming_back(browser, owner, path, column, back):
    assert browser.post(path, {"password": "Wrong-Horse9"}).status_code == 401
    assert browser.post(path, {"password": PASSWORD}).status_code == 200
    assert getattr(fresh(owner), column)
    assert browser.get("/account").status_code == 302

    answer = browser.post(back, {"email": owner.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert not getattr(fresh(owner), column)


def test_coming_back_takes_the_second_factor(client, db):
    user = UserFactory(deleted=True)
    app = turned_on(user)
    form = {"email": user.email, "password": PASSWORD}

    assert client.post("/recover", form).status_code == 401
    assert client.post("/recover", {**form, "code": app.code()}).status_code == 200


def test_erasing_shows_the_receipt_and_leaves_nobody(browser, owner):
    form = {"password": PASSWORD, "confirm_email": "other@example.org"}
    assert browser.post("/account/erase", form).status_code == 400

    answer = browser.post("/account/erase", {**form, "confirm_email": owner.email})

    assert 'id="receipt"' in answer.text
    assert not User.objects.filter(pk=owner.pk).exists()
    assert browser.get("/account").status_code == 302


# --- The look -------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_without_scripts(client, db, theme):
    answer = client.post("/theme", {"theme": theme, "next": "/login"})

    assert answer.headers["Location"] == "/login"
    assert f'data-theme="{theme}"' in client.get("/login").text
    client.post("/theme", {"theme": ""})
    assert "data-theme" not in client.get("/login").text


def test_what_answers_a_form_offers_no_theme_that_would_lose_it(client, db):
    answer = client.post("/login", {"identifier": "ada"})

    assert answer.status_code == 422
    assert 'action="/theme"' not in answer.text


def test_a_theme_that_is_none_gets_nowhere(client, db):
    client.cookies["theme"] = '"><script>'

    assert "script>" not in client.get("/login").text.replace("</script>", "").split("<body")[1]


def test_a_link_kept_for_later_dies_with_its_hour(client, owner, time_machine):
    del owner
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    client.get("/unlock?token=x")
    assert OneTimeToken.objects.filter(purpose=Purpose.UNLOCK).count() == 0

    time_machine.shift(3601)

    assert client.post("/unlock").status_code == 400
