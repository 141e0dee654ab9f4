import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.admin import AdminSite

from audit.admin.entries import AuditEntryAdmin
from audit.kinds import Action
from audit.models import AuditEntry
from config.common.errors import TooBroad
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission
from tests.audit.log import happened, holder, seal_all

LOG = "/staff/audit/auditentry/"


def request_of(*permissions):
    return SimpleNamespace(user=SimpleNamespace(has_perm=lambda perm: perm in permissions))


@pytest.fixture
def page():
    return AuditEntryAdmin(AuditEntry, AdminSite())


def test_the_log_is_shown_to_who_may_read_it(page):
    assert page.has_view_permission(request_of("rbac.audit_read"))
    assert page.has_module_permission(request_of("rbac.audit_read"))
    assert not page.has_view_permission(request_of("rbac.user_manage"))
    assert not page.has_module_permission(request_of())


def test_nobody_edits_it(page):
    request = request_of("rbac.audit_read", "rbac.system_manage")

    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.actions is None


@pytest.fixture
def staff(client):
    """A browser of somebody who may open the staff site and read the log."""
    client.force_login(holder(Permission.ADMIN_ACCESS, Permission.AUDIT_READ, username="reader"))
    AuditEntry.unlocked.all().delete()
    return client


def shown(answer):
    assert answer.status_code == 200
    return [entry.pk for entry in answer.context_data["cl"].result_list]


def test_the_list_shows_the_newest_first_and_finds_what_is_pasted(staff, owner):
    old = happened(subject=owner, ago=timedelta(days=2))
    new = happened(Action.ADMIN_SUSPENDED, subject=owner)

    assert shown(staff.get(LOG)) == [new.pk, old.pk]
    assert shown(staff.get(LOG, {"action": "USER_LOGIN"})) == [old.pk]
    assert shown(staff.get(LOG, {"q": "suspend"})) == [new.pk]
    assert shown(staff.get(LOG, {"q": owner.email})) == [new.pk, old.pk]


def text_of(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_a_change_is_shown_field_by_field_and_as_text(staff, owner):
    entry = happened(
        Action.PROFILE_UPDATED,
        subject=owner,
        fields=["city", "bio"],
        old={"city": "Leeds", "bio": None},
        new={"city": "<b>London</b>", "bio": "Hello"},
        bulkId="b-1",
    )

    page = text_of(staff.get(f"{LOG}{entry.pk}/change/"))

    city = '<th scope="row">city</th><td data-label="Before"><del>Leeds</del></td>'
    assert f'{city}<td data-label="After"><ins>&lt;b&gt;London&lt;/b&gt;</ins></td>' in page
    assert "<del>–</del>" in page
    assert "<ins>Hello</ins>" in page
    assert "b-1" in page
    assert "<b>London" not in page


def test_of_lists_what_went_and_what_came_is_shown(staff):
    entry = happened(
        Action.ROLE_UPDATED,
        old={"permissions": ["USER_READ", "AUDIT_READ"]},
        new={"permissions": ["USER_READ", "ROLE_READ"]},
    )

    page = text_of(staff.get(f"{LOG}{entry.pk}/change/"))

    assert "><del>AUDIT_READ</del> <span>USER_READ</span> </td>" in page
    assert "><ins>ROLE_READ</ins> <span>USER_READ</span> </td>" in page


def test_an_entry_leads_to_more_of_its_person_actor_and_address(staff, owner, stranger):
    entry = happened(Action.ADMIN_SUSPENDED, subject=owner, actor=stranger)
    happened(subject=owner, actor=owner, meta=RequestMeta(ip="198.51.100.9"))

    listed, page = text_of(staff.get(LOG)), text_of(staff.get(f"{LOG}{entry.pk}/change/"))

    for query in (f"person={owner.pk}", f"actor={stranger.pk}", "address=203.0.113.7"):
        assert f'href="?{query}"' in listed
        assert f'href="{LOG}?{query}"' in page
        assert len(shown(staff.get(f"{LOG}?{query}"))) == (2 if query.startswith("person") else 1)


def test_an_entry_says_whether_it_is_sealed(staff):
    sealed = happened()
    seal_all()
    waiting = happened()

    assert "Sealed</dt>" in text_of(staff.get(f"{LOG}{sealed.pk}/change/"))
    assert "waits for its seal" in text_of(staff.get(f"{LOG}{waiting.pk}/change/"))


def test_an_entry_of_who_is_gone_is_shown(staff, owner):
    entry = happened(subject=owner, actor=owner)
    key = str(owner.pk)
    owner.delete()

    assert f">…{key[-8:]}</a>" in text_of(staff.get(LOG))
    assert key in text_of(staff.get(f"{LOG}{entry.pk}/change/"))


def test_pages_reach_a_thousand_rows_and_nobody_counts_further(staff, monkeypatch):
    monkeypatch.setattr("config.common.staff.DEPTH", 3)
    for _ in range(5):
        happened()

    answer = staff.get(LOG)

    assert answer.context_data["cl"].result_count == 3


def test_a_search_that_takes_too_long_says_so(staff, monkeypatch):
    def takes_long(*_args):
        raise TooBroad

    monkeypatch.setattr("audit.admin.entries.worded", takes_long)

    answer = staff.get(LOG, {"q": "anything"}, follow=True)

    assert answer.redirect_chain == [(LOG, 302)]
    assert "narrow it down" in answer.content.decode()


def test_who_may_not_read_the_log_does_not_find_it(client):
    client.force_login(holder(Permission.ADMIN_ACCESS, Permission.USER_READ))

    assert client.get(LOG).status_code == 403
