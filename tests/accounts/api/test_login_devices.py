"""Which device a login comes from, and when the owner is told of a strange one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing

from accounts.models import OneTimeToken, Session
from accounts.services.devices import Agent
from notifications.models import Notification
from tests.factories import UserFactory

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FIREFOX_LATER = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
FIREFOX_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
HOME = "203.0.113.7"


def sign_in(api, user, agent=FIREFOX, ip=HOME, **body):
    given = {"identifier": user.email, "password": "Correct-Horse7", **body}
    answer = api.post("auth/login", given, HTTP_USER_AGENT=agent, REMOTE_ADDR=ip)
    assert answer.status_code == 200, answer.data
    return answer.data["data"]


def alerts(user):
    return Notification.objects.filter(user=user, type="LOGIN_ALERT").count()


def test_the_first_login_is_no_alert(api, owner, mails):
    sign_in(api, owner)

    assert alerts(owner) == 0
    assert mails() == []


def test_a_strange_device_is_told_by_notification_and_mail(api, owner, mails, link_token):
    sign_in(api, owner)

    data = sign_in(api, owner, CHROME, "198.51.100.9")

    notice = Notification.objects.get(type="LOGIN_ALERT")
    assert notice.metadata == {"sessionId": data["session"]["id"]}
    assert "Chrome on Linux" in notice.message
    assert "198.51.100.9" in notice.message
    assert [message.to for message in mails()] == [[owner.email]]
    assert api.post("auth/not-me", {"token": link_token("not-me")}).status_code == 200


@pytest.mark.parametrize(
    ("agent", "ip", "told"),
    [
        (FIREFOX, HOME, 0),
        (FIREFOX_LATER, HOME, 0),
        (FIREFOX, "203.0.113.200", 0),  # the same /24
        (FIREFOX, "203.0.114.7", 1),
        (CHROME, HOME, 1),
        (FIREFOX_MAC, HOME, 1),
        ("", HOME, 1),
    ],
)
def test_known_is_the_same_browser_and_system_from_the_same_network(api, owner, agent, ip, told):
    sign_in(api, owner)

    sign_in(api, owner, agent, ip)

    assert alerts(owner) == told


@pytest.mark.parametrize(("ip", "told"), [("2001:db8:1:ffff::9", 0), ("2001:db8:2::1", 1)])
def test_ipv6_networks_are_a_48_wide(api, owner, ip, told):
    sign_in(api, owner, ip="2001:db8:1::1")

    sign_in(api, owner, ip=ip)

    assert alerts(owner) == told


@pytest.mark.parametrize(("days", "told"), [(89, 0), (91, 1)])
def test_a_network_is_remembered_for_90_days(api, owner, clock, days, told):
    sign_in(api, owner)
    clock.shift(timedelta(days=days))

    sign_in(api, owner)

    assert alerts(owner) == told


def test_another_persons_login_makes_nothing_known(api, owner, stranger):
    sign_in(api, owner)
    sign_in(api, stranger, CHROME)

    sign_in(api, owner, CHROME)

    assert alerts(owner) == 1


def test_a_device_token_is_known_anywhere(api, owner):
    token = sign_in(api, owner)["deviceToken"]

    again = sign_in(api, owner, CHROME, "198.51.100.9", deviceToken=token)

    assert alerts(owner) == 0
    assert sign_in(api, owner, "", "192.0.2.1", deviceToken=again["deviceToken"])
    assert alerts(owner) == 0


def test_sessions_of_one_device_token_name_one_device(api, owner):
    token = sign_in(api, owner)["deviceToken"]
    once = sign_in(api, owner, deviceToken=token)

    twice = sign_in(api, owner, deviceToken=once["deviceToken"])

    sessions = Session.objects.filter(pk__in=[once["session"]["id"], twice["session"]["id"]])
    assert len(set(sessions.values_list("device_id", flat=True))) == 1


@pytest.mark.parametrize("how", ["another's", "forged", "other salt", "garbage", "empty"])
def test_what_is_no_device_token_of_this_person_is_worth_nothing(api, owner, stranger, how):
    own = sign_in(api, owner)["deviceToken"]
    value = signing.loads(own, salt="muster.device")
    token = {
        "another's": sign_in(api, stranger)["deviceToken"],
        "forged": own[:-4] + "AAAA",
        "other salt": signing.dumps(value, salt="something.else"),
        "garbage": "\u00e4:.:\u00f6",
        "empty": "",
    }[how]

    sign_in(api, owner, CHROME, "198.51.100.9", deviceToken=token)

    assert alerts(owner) == 1


@pytest.mark.parametrize(("days", "told"), [(364, 0), (366, 1)])
def test_a_device_token_is_good_for_a_year(api, owner, clock, days, told):
    token = sign_in(api, owner)["deviceToken"]
    clock.shift(timedelta(days=days))

    sign_in(api, owner, CHROME, "198.51.100.9", deviceToken=token)

    assert alerts(owner) == told


def test_not_me_forgets_device_tokens_and_networks(api, owner, link_token, clock):
    sign_in(api, owner)
    theirs = sign_in(api, owner, CHROME, "198.51.100.9")["deviceToken"]
    clock.shift(timedelta(minutes=1))
    api.post("auth/not-me", {"token": link_token("not-me")})
    clock.shift(timedelta(minutes=1))

    sign_in(api, owner, CHROME, "198.51.100.9", deviceToken=theirs)
    sign_in(api, owner)

    assert alerts(owner) == 3


def test_a_device_token_tells_nothing_of_its_owner_but_the_id(api, owner):
    token = sign_in(api, owner)["deviceToken"]

    assert set(signing.loads(token, salt="muster.device")) == {"u", "d", "t"}
    assert owner.email not in token


def test_a_monstrous_user_agent_is_cut_and_kept(api, owner):
    agent = f"{'B' * 90}/1.0 (compatible; {'S' * 90}/2; Windows NT 10.0) {'x' * 900}"

    data = sign_in(api, owner, agent)

    session = Session.objects.get(pk=data["session"]["id"])
    assert len(session.user_agent) == 512
    assert len(Agent("B" * 60, "S" * 60).name) == 120  # the width of the column


def test_each_alert_has_a_link_of_its_own(api, owner):
    sign_in(api, owner)
    sign_in(api, owner, CHROME)
    sign_in(api, owner, FIREFOX_MAC)

    assert OneTimeToken.objects.unspent().filter(user=owner, purpose="not_me").count() == 2


def test_an_unknown_network_is_no_error(api):
    user = UserFactory()
    sign_in(api, user, ip="")

    sign_in(api, user, ip="")

    assert alerts(user) == 0
