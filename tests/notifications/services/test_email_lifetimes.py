from __future__ import annotations

import pytest

from accounts.models.token import LIFETIMES, Purpose
from notifications.services import email
from notifications.services.email import Page


@pytest.mark.parametrize(
    ("page", "purpose"),
    [
        (Page.VERIFY_EMAIL, Purpose.VERIFY_EMAIL),
        (Page.RESET_PASSWORD, Purpose.RESET_PASSWORD),
        (Page.ACCEPT_INVITATION, Purpose.INVITATION),
        (Page.UNLOCK, Purpose.UNLOCK),
        (Page.CONFIRM_EMAIL, Purpose.CHANGE_EMAIL),
        (Page.UNDO_EMAIL, Purpose.UNDO_EMAIL),
        (Page.NOT_ME, Purpose.NOT_ME),
    ],
)
def test_a_mail_promises_what_the_token_keeps(page, purpose):
    assert email.LIFETIMES[page] == LIFETIMES[purpose]
