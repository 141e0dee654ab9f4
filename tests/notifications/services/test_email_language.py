from __future__ import annotations

import pytest
from django.utils import translation

from notifications.models import OutboxMail
from notifications.services import email, rendering


@pytest.mark.parametrize(
    ("language", "written_in"), [("de", "de"), ("de-at", "de"), ("fr", "en"), ("", "en")]
)
def test_a_mail_is_queued_in_a_language_that_is_spoken_here(make_person, language, written_in):
    email.two_factor_enabled(make_person(language=language))

    assert OutboxMail.objects.get().language == written_in


def test_templates_are_filled_in_under_the_language_of_the_mail(monkeypatch):
    active = []

    def fill(*_, **__):
        active.append(translation.get_language())
        return "text"

    monkeypatch.setattr(rendering, "_rendered", fill)

    message = rendering.compose("id", "mail", to="a@example.com", language="de", context={})

    assert active == ["de"] * 3
    assert message.extra_headers["Content-Language"] == "de"
    assert translation.get_language() == "en"
