from __future__ import annotations

import pytest

from audit.models import AuditEntry
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox

UNKNOWN = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
CALLS = [
    ("GET", "notifications"),
    ("DELETE", "notifications"),
    ("PATCH", "notifications/read-all"),
    ("PATCH", "notifications/{id}/read"),
    ("DELETE", "notifications/{id}"),
]
OF_ONE = [call for call in CALLS if "{id}" in call[1]]


@pytest.fixture
def notice(owner):
    """One unread notice of the owner's."""
    return inbox.notify(owner, Kind.SYSTEM, title="t", message="m")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_reaches_an_inbox_without_signing_in(api, notice, method, path):
    answer = api.call(method, path.format(id=notice.pk))

    assert (answer.status_code, answer.data["code"]) == (401, "NOT_AUTHENTICATED")
    assert Notification.objects.get() == notice


@pytest.mark.parametrize(("method", "path"), OF_ONE)
def test_a_notice_of_somebody_else_is_not_found(client_for, stranger, notice, method, path):
    answer = client_for(stranger).call(method, path.format(id=notice.pk))

    assert (answer.status_code, answer.data["code"]) == (404, "NOT_FOUND")
    notice.refresh_from_db()
    assert not notice.is_read


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call not in OF_ONE])
def test_a_stranger_changes_their_own_inbox_alone(client_for, stranger, notice, method, path):
    answer = client_for(stranger).call(method, path)

    assert answer.status_code == 200
    notice.refresh_from_db()
    assert not notice.is_read


@pytest.mark.parametrize("bad", [UNKNOWN, "1", "x" * 300, "%00", "read-all", "%F0%28"])
@pytest.mark.parametrize(("method", "path"), OF_ONE)
def test_an_unknown_or_malformed_id_is_not_found(api, owner, method, path, bad):
    api.sign_in(owner)

    answer = api.call(method, f"/api/v1/{path.format(id=bad)}")

    is_other_route = (method, bad) == ("DELETE", "read-all")
    assert answer.status_code == (405 if is_other_route else 400 if bad == "%00" else 404)


def test_the_owner_marks_a_notice_as_read_more_than_once(api, owner, notice):
    api.sign_in(owner)

    first = api.patch(f"notifications/{notice.pk}/read")
    second = api.patch(f"notifications/{notice.pk}/read")

    assert (first.status_code, second.status_code) == (200, 200)
    notice.refresh_from_db()
    assert notice.is_read


def test_marking_all_as_read_tells_how_many_were_not(api, owner, notice):
    api.sign_in(owner)
    inbox.notify(owner, Kind.SYSTEM, title="t", message="m")

    first = api.patch("notifications/read-all").data["data"]
    second = api.patch("notifications/read-all").data["data"]

    assert (first, second) == ({"count": 2}, {"count": 0})
    assert api.get("notifications").data["data"]["unreadCount"] == 0


def test_the_owner_deletes_a_notice_once(api, owner, notice):
    api.sign_in(owner)

    first = api.delete(f"notifications/{notice.pk}")
    second = api.delete(f"notifications/{notice.pk}")

    assert (first.status_code, second.status_code) == (200, 404)
    assert not Notification.objects.filter(pk=notice.pk).exists()


def test_the_owner_empties_the_inbox(api, owner, notice):
    api.sign_in(owner)
    inbox.notify(owner, Kind.SYSTEM, title="t", message="m")

    answer = api.delete("notifications")

    assert answer.data["data"] == {"count": 2}
    assert api.get("notifications").data["data"]["total"] == 0


@pytest.mark.parametrize("call", CALLS[1:])
def test_each_change_is_one_statement(api, owner, notice, call, django_assert_num_queries):
    api.sign_in(owner)
    method, path = call

    with django_assert_num_queries(2):  # the first asks who it is
        answer = api.call(method, path.format(id=notice.pk))

    assert answer.status_code == 200


def test_reading_and_deleting_leaves_no_entry_in_the_audit_log(api, owner, notice):
    api.sign_in(owner)
    before = AuditEntry.objects.count()

    api.patch(f"notifications/{notice.pk}/read")
    api.delete("notifications")

    assert AuditEntry.objects.count() == before
