"""From staff's invitation to the first sign-in, through the mail and the page it links to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rbac.permissions import Permission
from tests.factories import PASSWORD
from tests.staff import holding

GUEST = "guest@example.org"
FORM = {"password": PASSWORD, "confirm_password": PASSWORD}


@pytest.fixture
def link(client_for, link_token):
    """The link's address, as it stands in the mail."""
    host = client_for(holding(Permission.USER_CREATE))
    host.post("admin/users", {"email": GUEST, "username": "guest"})
    return f"/accept-invitation?token={link_token('accept-invitation', to=GUEST)}"


def signs_in(api):
    given = {"identifier": GUEST, "password": PASSWORD}
    return api.post("auth/login", given).status_code == 200


def test_who_opens_the_link_chooses_a_password_and_can_sign_in(link, client, api):
    opened = client.get(link, follow=True)
    not_yet = signs_in(api)

    chosen = client.post("/accept-invitation", FORM)

    assert (opened.status_code, chosen.status_code) == (200, 200)
    assert not not_yet
    assert signs_in(api)


def test_the_link_opens_nothing_a_second_time(link, client, api):
    client.get(link)
    client.post("/accept-invitation", FORM)
    client.get(link)

    again = client.post(
        "/accept-invitation", {"password": "Another-Horse8", "confirm_password": "Another-Horse8"}
    )

    assert again.status_code == 400
    assert signs_in(api)


def test_the_link_runs_out_after_seven_days(clock, link, client, api):
    client.get(link)
    clock.shift(timedelta(days=7))
    client.get(link)

    late = client.post("/accept-invitation", FORM)

    assert late.status_code == 400
    assert not signs_in(api)
