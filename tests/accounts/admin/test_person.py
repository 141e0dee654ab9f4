"""What somebody's page tells who has to help them, and why it does not offer more."""

import pytest
from django.utils import timezone

from accounts.services import email_change
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.accounts.admin.pages import ACT, LIST, REASON, do, page_of
from tests.factories import UserFactory, admin
from tests.staff import granted, holding, let_hold, told

pytestmark = pytest.mark.django_db

TO_COME = "new@example.org"


def withheld(answer):
    return [str(why) for why in answer.context["offers"].withheld]


def test_oneself_is_told_why_nothing_is_offered(chief, boss):
    answer = chief.get(page_of(boss))

    assert withheld(answer)[0].startswith("This is your own account")
    assert withheld(answer)[0] in answer.content.decode()


def test_who_may_more_is_out_of_reach_and_that_is_said(browser_of):
    browser = browser_of(Permission.USER_READ, Permission.USER_MANAGE)

    assert withheld(browser.get(page_of(admin())))[0].startswith("This person may do something")


def test_the_last_admin_stays_and_that_is_said(client):
    last = admin()
    client.force_login(holding(*Permission))

    assert withheld(client.get(page_of(last))) == [
        "Nobody else is an admin, so this account stays open."
    ]


def test_of_most_people_there_is_nothing_to_explain(chief, owner):
    assert withheld(chief.get(page_of(owner))) == []


def test_an_address_that_waits_is_shown_to_who_could_have_asked_for_it(chief, browser_of, owner):
    email_change.begin(owner, TO_COME, by=owner, meta=RequestMeta())
    reader = browser_of(Permission.USER_READ)

    assert TO_COME in chief.get(page_of(owner)).content.decode()
    assert TO_COME not in reader.get(page_of(owner)).content.decode()


def test_a_password_that_was_taken_away_is_not_called_set(chief, owner):
    before = chief.get(page_of(owner)).content.decode()
    do(chief, "reset_password", owner, reason=REASON)
    reset = chief.get(page_of(owner)).content.decode()
    do(chief, "lend_password", owner, reason=REASON)
    lent = chief.get(page_of(owner)).content.decode()

    assert "Password set" in before
    assert "Password set" not in reset + lent
    assert "none; another one has to be chosen" in reset
    assert "a temporary one, until" in lent


def test_no_role_is_chosen_before_somebody_chooses_one(chief, owner):
    tab = chief.get(page_of(owner, "roles"))
    asked = chief.post(ACT, {"action": "assign_role", "ids": str(owner.pk)})
    forms = [tab.context["assign"], asked.context["form"]]
    sent = do(chief, "assign_role", owner, role="")

    assert [form["role"].field.widget.choices[0] for form in forms] == [("", "–")] * 2
    assert '<option value="" selected>–</option>' in tab.content.decode()
    assert sent.context["form"].errors["role"] == ["This field is required."]


def test_a_whole_id_leads_to_whose_it_is(chief, owner):
    found = chief.get(LIST, {"q": f" {owner.pk} "})
    missed = chief.get(LIST, {"q": "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"})

    assert found.headers["Location"] == page_of(owner).partition("?")[0]
    assert missed.context["rows"] == []


def test_the_way_to_what_somebody_was_told(chief, owner):
    do(chief, "suspend", owner)

    tab = chief.get(page_of(owner, "activity"))
    inbox = chief.get(tab.context["inbox"])

    assert tab.context["inbox"] in tab.content.decode()
    assert told(owner)[0] in inbox.content.decode()


def test_who_sees_one_person_alone_is_not_led_to_the_inbox_of_all(client, owner):
    keeper = granted(Permission.USER_READ, on=owner)
    let_hold(keeper, Permission.ADMIN_ACCESS, Permission.AUDIT_READ)
    client.force_login(keeper)

    assert client.get(page_of(owner, "activity")).context["inbox"] == ""


def test_somebody_with_a_second_factor_is_lent_no_password_and_that_is_said(chief):
    guarded = UserFactory(two_factor_enabled_at=timezone.now())

    assert withheld(chief.get(page_of(guarded))) == [
        "No temporary password: it would go past the second factor."
    ]
