"""Staff begin to act in somebody's place, from a page: who may, on whom, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session as PageSession
from django.utils import timezone
from django.utils.html import escape

from accounts.errors import NotActive, SelfTarget
from accounts.models import Session, Setting, User
from audit.kinds import Action
from audit.models import AuditEntry
from notifications.models import Notification, OutboxMail
from rbac.permissions import Permission
from tests.accounts.authenticator import turned_on
from tests.accounts.web.acting import banner_of, begin, name_of, row
from tests.conftest import PageClient
from tests.factories import UserFactory, admin
from tests.staff import entry, holding, let_hold

ACCESS = Permission.ADMIN_ACCESS


@pytest.fixture
def helper(db: None) -> User:
    """Staff with ADMIN_ACCESS, and nothing besides."""
    return holding(ACCESS, username="helper", first_name="Grace", last_name="Hopper")


@pytest.fixture
def staff(client: PageClient, helper: User) -> PageClient:
    client.force_login(helper)
    return client


def no_traces() -> bool:
    return not (
        Session.objects.filter(impersonator__isnull=False).exists()
        or AuditEntry.objects.filter(action="ADMIN_IMPERSONATION_STARTED").exists()
        or Notification.objects.exists()
        or OutboxMail.objects.exists()
    )


def test_the_page_says_whom_for_how_long_and_that_they_will_be_told(staff, owner):
    answer = staff.get(f"/impersonate/{owner.pk}")

    assert answer.status_code == 200
    for said in ("Ada Lovelace", "owner_of_it", "For 15 minutes at most", "They are told at once"):
        assert said in answer.text
    assert banner_of(answer) == ""
    assert no_traces()


def test_the_address_is_shown_to_who_may_see_people(staff, helper, owner):
    assert owner.email not in staff.get(f"/impersonate/{owner.pk}").text
    let_hold(helper, Permission.USER_READ)

    assert owner.email in staff.get(f"/impersonate/{owner.pk}").text


def test_the_form_opens_the_persons_pages(staff, owner):
    answer = begin(staff, owner)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
    assert name_of(staff) == "owner_of_it"


def test_its_session_is_the_persons_and_hangs_on_the_browsers_own(staff, helper, owner):
    own = Session.objects.get(user=helper)

    begin(staff, owner)

    assert (row().user_id, row().impersonator_id) == (owner.pk, helper.pk)
    assert row().opened_from_id == own.pk
    assert row().expires_at - row().created_at <= timedelta(minutes=15)
    assert Session.objects.unended().filter(pk=own.pk).exists()


def test_the_entry_tells_who_as_whom_and_why(staff, helper, owner):
    begin(staff, owner)

    told = entry(Action.ADMIN_IMPERSONATION_STARTED)
    assert (told.actor_id, told.user_id) == (helper.pk, owner.pk)
    assert told.details["reason"] == "They called."


def test_the_person_is_told_at_once_in_their_inbox_and_by_mail(staff, owner, mails):
    begin(staff, owner)

    (mail,) = mails()
    assert mail.to == [owner.email]
    for said in ("Grace Hopper", "They called."):
        assert said in Notification.objects.get(user=owner).message
        assert said in mail.body


def test_the_person_sees_it_among_their_devices_and_in_their_history(staff, owner):
    begin(staff, owner)
    own = PageClient()
    own.force_login(owner)

    assert "Impersonation by Grace Hopper" in own.get("/account/sessions").text
    assert "Grace Hopper" in own.get("/account").text


def test_the_key_of_the_browser_changes_and_the_old_one_opens_nothing(staff, owner):
    name = configured.SESSION_COOKIE_NAME
    before = staff.cookies[name].value

    begin(staff, owner)

    after = staff.cookies[name].value
    assert before != after
    assert not PageSession.objects.filter(pk=before).exists()
    thief = PageClient()
    thief.cookies[name] = before
    assert thief.get("/account").status_code == 302


def test_forms_that_were_open_before_do_nothing_to_the_person(helper, owner):
    """Else one's own profile, saved in another tab, would become the person's."""
    browser = PageClient(enforce_csrf_checks=True)
    browser.force_login(helper)
    own_form = browser.get("/account/profile").context["csrf_token"]
    token = browser.get(f"/impersonate/{owner.pk}").context["csrf_token"]
    started = browser.post(
        f"/impersonate/{owner.pk}", {"reason": "x", "csrfmiddlewaretoken": str(token)}
    )

    answer = browser.post(
        "/account/profile", {"first_name": "Grace", "csrfmiddlewaretoken": str(own_form)}
    )

    assert (started.status_code, answer.status_code) == (302, 403)
    assert User.objects.get(pk=owner.pk).first_name == "Ada"


# --- Who may not, and on whom not -----------------------------------------------------------------


def refused(answer, status: int, said: str) -> bool:
    return answer.status_code == status and escape(said) in answer.text and no_traces()


@pytest.mark.parametrize(
    "state",
    [{"suspended": True}, {"deactivated": True}, {"deleted": True}, {"invited_at": timezone.now()}],
    ids=["suspended", "deactivated", "deleted", "invited"],
)
def test_only_in_the_place_of_who_could_be_in(staff, state):
    person = UserFactory(**state)

    assert refused(begin(staff, person), 400, str(NotActive.message))
    assert refused(staff.get(f"/impersonate/{person.pk}"), 400, str(NotActive.message))


def test_not_in_ones_own_place(staff, helper):
    assert refused(begin(staff, helper), 400, str(SelfTarget.message))


@pytest.mark.parametrize("more", [one for one in Permission if one is not ACCESS])
def test_not_in_the_place_of_who_holds_more(staff, owner, more):
    let_hold(owner, more)

    assert begin(staff, owner).status_code == 403
    assert staff.get(f"/impersonate/{owner.pk}").status_code == 403
    assert no_traces()


def test_nobody_is_not_there(staff):
    for name in ("019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10", "not-an-id"):
        assert staff.get(f"/impersonate/{name}").status_code == 404
        assert staff.post(f"/impersonate/{name}", {"reason": "x"}).status_code == 404


def test_all_other_permissions_together_do_not_open_it(client, owner):
    client.force_login(holding(*[one for one in Permission if one is not ACCESS]))

    assert refused(begin(client, owner), 403, "You may not do this.")
    assert refused(client.get(f"/impersonate/{owner.pk}"), 403, "You may not do this.")


def test_a_right_that_is_gone_by_the_time_of_the_form_opens_nothing(staff, helper, owner):
    staff.get(f"/impersonate/{owner.pk}")
    helper.role_assignments.exclude(role__name="user").delete()

    assert begin(staff, owner).status_code == 403
    assert no_traces()


def test_who_is_not_signed_in_signs_in_first(client, owner):
    for answer in (client.get(f"/impersonate/{owner.pk}"), begin(client, owner)):
        assert answer.headers["Location"] == f"/login?next=%2Fimpersonate%2F{owner.pk}"
    assert no_traces()


def test_it_takes_a_fresh_proof(staff, owner):
    Session.objects.update(proven_at=timezone.now() - timedelta(minutes=16))

    for answer in (staff.get(f"/impersonate/{owner.pk}"), begin(staff, owner)):
        assert answer.headers["Location"] == f"/confirm?next=%2Fimpersonate%2F{owner.pk}"
    assert no_traces()


def test_in_production_it_takes_a_second_factor_as_the_staff_site_does(
    staff, helper, owner, settings
):
    settings.APP_ENV = "production"
    assert begin(staff, owner).headers["Location"] == "/account/two-factor/setup"
    assert no_traces()

    turned_on(helper)
    assert begin(staff, owner).headers["Location"] == "/account"


def test_a_reason_is_compulsory_where_the_setting_says_so(staff, owner):
    Setting.objects.create(name="impersonation_reason_required", value=True)

    for reason in ("", "   "):
        assert refused(begin(staff, owner, reason), 422, "This field is required.")
    assert begin(staff, owner).status_code == 302


def test_without_a_reason_none_is_made_up(staff, owner):
    begin(staff, owner, reason="")

    assert "Reason" not in banner_of(staff.get("/account"))
    assert "Reason" not in Notification.objects.get(user=owner).message


@pytest.mark.parametrize("reason", ["x" * 501, "a\u202eb", "a\x00b", "a\x07b"])
def test_a_reason_is_bounded_text(staff, owner, reason):
    assert begin(staff, owner, reason).status_code == 422
    assert no_traces()


def test_a_reason_is_text_and_no_markup(staff, owner):
    begin(staff, owner, reason="<script>alert(1)</script>")

    answer = staff.get("/account")

    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text


def test_not_out_of_another_impersonation(client, owner):
    second = admin()
    client.force_login(admin())
    begin(client, second)

    assert client.get(f"/impersonate/{owner.pk}").status_code == 403
    assert begin(client, owner).status_code == 403
    assert row().user_id == second.pk


def test_a_get_begins_nothing(staff, owner):
    staff.get(f"/impersonate/{owner.pk}", {"reason": "They called."})

    assert no_traces()
