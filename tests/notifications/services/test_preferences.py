from __future__ import annotations

from types import SimpleNamespace

import pytest

from notifications.kinds import SECURITY_KINDS, Kind
from notifications.models import OutboxMail
from notifications.services import email
from notifications.services.preferences import wants_mail
from tests.factories import UserFactory

OTHERS = [kind for kind in Kind if kind not in SECURITY_KINDS]


def person(preferences):
    return SimpleNamespace(profile=SimpleNamespace(preferences=preferences))


@pytest.mark.parametrize("kind", OTHERS)
def test_a_person_may_have_a_kind_without_mails(kind):
    silenced = person({"notifications": {kind.value: False}})

    assert not wants_mail(silenced, kind)
    assert all(wants_mail(silenced, other) for other in OTHERS if other != kind)


@pytest.mark.parametrize("kind", sorted(SECURITY_KINDS))
def test_security_is_mailed_whatever_the_person_says(kind):
    assert wants_mail(person({"notifications": {kind.value: False}}), kind)


@pytest.mark.parametrize(
    "preferences",
    [
        {},
        None,
        [],
        "no",
        {"notifications": None},
        {"notifications": []},
        {"notifications": False},
        {"notifications": {"ROLE_CHANGED": True}},
        {"notifications": {"ROLE_CHANGED": None}},
        {"notifications": {"ROLE_CHANGED": 0}},
        {"notifications": {"role_changed": False}},
    ],
)
def test_anything_but_a_clear_no_is_a_yes(preferences):
    assert wants_mail(person(preferences), Kind.ROLE_CHANGED)


def test_a_person_without_a_profile_gets_mails():
    assert wants_mail(object(), Kind.ROLE_CHANGED)


def test_security_needs_no_look_at_the_profile(owner, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert wants_mail(owner, Kind.SECURITY_ALERT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "send"),
    [
        (Kind.ROLE_CHANGED, lambda user: email.role_changed(user, added=["editor"])),
        (Kind.ACCOUNT_UPDATE, lambda user: email.account_updated_by_staff(user, fields=["name"])),
    ],
)
@pytest.mark.parametrize("wanted", [True, False])
def test_a_mail_asks_before_it_goes(kind, send, wanted):
    user = UserFactory()
    user.profile.preferences = {"notifications": {kind.value: wanted}}
    user.profile.save()

    send(user)

    assert OutboxMail.objects.count() == wanted


def test_a_mail_about_security_does_not_ask(owner):
    owner.profile.preferences = {"notifications": {"SECURITY_ALERT": False}}
    owner.profile.save()

    email.session_reused(owner, device="Firefox on Linux", token="t")

    assert OutboxMail.objects.count() == 1
