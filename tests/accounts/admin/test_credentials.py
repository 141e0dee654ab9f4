"""Passwords taken away and lent, factors removed, devices signed out, from a person's page."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Session, TotpDevice, TrustedDevice, User
from accounts.models.two_factor import new_seed
from accounts.services import sessions
from audit.models import AuditEntry
from config.common.request_meta import RequestMeta
from tests.accounts.admin.pages import ACT, REASON, buttons, do, faults, page_of, said
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guarded(db):
    person = UserFactory(two_factor_enabled_at=timezone.now())
    TotpDevice.objects.create(user=person, seed=new_seed(), confirmed=True)
    return person


def signed_in(person, **more):
    return sessions.open_session(person, meta=RequestMeta(ip="203.0.113.7"), **more)


def test_a_password_is_reset_by_mail(chief, owner, mails):
    answer = do(chief, "reset_password", owner, reason=REASON)

    assert said(answer) == ["The password is reset; a link to choose another one is on its way."]
    assert not User.objects.get(pk=owner.pk).has_usable_password()
    assert [mail.to for mail in mails()] == [[owner.email]]


def test_who_is_suspended_gets_no_link_and_that_is_said(chief, mails):
    held = UserFactory(suspended=True)

    answer = do(chief, "reset_password", held)

    assert said(answer) == ["The password is reset. No link was mailed: the account is suspended."]


def test_a_temporary_password_is_shown_once_and_kept_nowhere(chief, owner):
    answer = do(chief, "lend_password", owner, reason=REASON)
    later = chief.get(page_of(owner))

    lent = answer.content.decode().partition('<code id="lent">')[2].partition("</code>")[0]
    assert len(lent) == 19
    assert User.objects.get(pk=owner.pk).check_password(lent)
    assert "no-store" in answer.headers["Cache-Control"]
    assert lent not in later.content.decode()
    # Nothing on the page leads away from it and back: it could not be shown again.
    assert 'action="/theme"' not in answer.content.decode()
    assert 'action="/theme"' in later.content.decode()
    assert lent not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert lent not in str(dict(chief.session))


def test_it_wants_a_reason_and_a_session_that_proved_itself_lately(chief, owner):
    without = do(chief, "lend_password", owner)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        stale = chief.post(
            ACT, {"action": "lend_password", "ids": str(owner.pk), "reason": REASON, "sure": "1"}
        )

    assert faults(without) == ["This field is required."]
    assert stale.status_code == 403
    assert stale.context["form"]["reason"].value() == REASON
    assert '<a href="/confirm?next=%2Fstaff%2Faccounts%2Fuser%2F' in stale.content.decode()
    assert User.objects.get(pk=owner.pk).temporary_until is None


def test_none_goes_past_a_second_factor(chief, guarded):
    page = chief.get(page_of(guarded))

    answer = do(chief, "lend_password", guarded, reason=REASON)

    assert "lend_password" not in buttons(page)
    assert faults(answer)[0].startswith("A second factor is on")


def test_a_lost_factor_is_removed_with_a_reason(chief, guarded):
    page = chief.get(page_of(guarded, "factors"))

    answer = do(chief, "remove_factor", guarded, reason=REASON, back=page_of(guarded, "factors"))

    assert "remove_factor" in buttons(page)
    assert said(answer) == ["The second factor is removed."]
    assert "remove_factor" not in buttons(answer)
    assert not TotpDevice.objects.filter(user=guarded).exists()
    assert AuditEntry.objects.get(action="ADMIN_TWO_FACTOR_RESET").details["reason"] == REASON


def test_the_tab_shows_what_there_is_and_no_secret(chief, guarded):
    TrustedDevice.objects.create(
        user=guarded,
        device_id=guarded.pk,
        name="Firefox on Linux",
        expires_at=timezone.now() + timedelta(days=3),
    )

    page = chief.get(page_of(guarded, "factors")).content.decode()

    assert '<span class="pill good">On</span>' in page
    assert "Backup codes left" in page
    assert "Firefox on Linux" in page
    device = guarded.totp_device
    assert device.seed not in page
    assert device.secret not in page


def test_one_device_is_signed_out_and_the_others_stay(chief, owner):
    first, second = signed_in(owner), signed_in(owner)
    listed = chief.get(page_of(owner, "sessions")).content.decode()

    answer = do(chief, "sign_out", owner, session=str(first.pk))
    again = do(chief, "sign_out", owner, session=str(first.pk))

    assert f'value="{first.pk}"' in listed
    assert "203.0.113.7" in listed
    assert said(answer) == ["The device is signed out."]
    assert said(again) == ["Not found."]
    live = Session.objects.live().filter(user=owner)
    assert list(live) == [second]


def test_a_session_of_somebody_else_is_not_theirs_to_end_here(chief, owner, stranger):
    other = signed_in(stranger)

    answer = do(chief, "sign_out", owner, session=str(other.pk))
    nonsense = do(chief, "sign_out", owner, session="abc")

    assert said(answer) == ["Not found."]
    assert said(nonsense) == ["Enter a valid UUID."]
    assert Session.objects.live().filter(pk=other.pk).exists()


def test_everywhere_at_once_after_a_question(chief, owner):
    signed_in(owner)
    signed_in(owner)

    asked = chief.post(ACT, {"action": "sign_out_everywhere", "ids": str(owner.pk)})
    still = Session.objects.live().filter(user=owner).count()
    done = do(chief, "sign_out_everywhere", owner)

    assert asked.status_code == 200
    assert still == 2
    assert said(done) == ["All devices are signed out."]
    assert not Session.objects.live().filter(user=owner).exists()


def test_whoever_acts_in_their_place_shows_no_address(chief, boss, owner):
    own = signed_in(boss)
    acting = signed_in(owner)
    Session.objects.filter(pk=acting.pk).update(
        kind="impersonation", impersonator=boss, opened_from=own, ip_address="198.51.100.9"
    )

    page = chief.get(page_of(owner, "sessions")).content.decode()

    assert "Impersonation by Ada Lovelace" in page
    assert "198.51.100.9" not in page
