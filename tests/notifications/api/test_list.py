from __future__ import annotations

import pytest

from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import inbox


def tell(user, number=1, **fields):
    return [
        inbox.notify(user, Kind.SYSTEM, title=f"t{n}", message="m", **fields) for n in range(number)
    ]


@pytest.fixture
def mine(api, owner):
    """The owner, signed in, with an empty inbox."""
    api.sign_in(owner)
    Notification.objects.all().delete()
    return api


def test_a_notice_looks_like_the_contract_says(mine, owner):
    notice = inbox.notify(
        owner, Kind.LOGIN_ALERT, title="New sign-in", message="From afar.", snake_case={"a_b": 1}
    )

    data = mine.get("notifications").data["data"]

    (shown,) = data["notifications"]
    assert shown.pop("createdAt").endswith("Z")
    assert shown == {
        "id": str(notice.pk),
        "type": "LOGIN_ALERT",
        "title": "New sign-in",
        "message": "From afar.",
        "isRead": False,
        "metadata": {"snake_case": {"a_b": 1}},
    }
    del data["notifications"]
    assert data == {
        "unreadCount": 1,
        "total": 1,
        "totalIsEstimate": False,
        "page": 1,
        "limit": 20,
        "totalPages": 1,
        "nextCursor": None,
    }


def test_an_empty_inbox_is_an_empty_list(mine):
    data = mine.get("notifications").data["data"]

    assert data["notifications"] == []
    assert (data["unreadCount"], data["total"]) == (0, 0)


def test_the_newest_comes_first_and_nobody_elses_at_all(mine, owner, stranger):
    tell(owner, 3)
    tell(stranger, 2)

    data = mine.get("notifications").data["data"]

    assert [notice["title"] for notice in data["notifications"]] == ["t2", "t1", "t0"]
    assert (data["total"], data["unreadCount"]) == (3, 3)


def test_unread_ones_can_be_asked_for_alone(mine, owner):
    first, second, third = tell(owner, 3)
    inbox.mark_read(owner, second.pk)

    data = mine.get("notifications", {"unreadOnly": "true"}).data["data"]

    assert [notice["id"] for notice in data["notifications"]] == [str(third.pk), str(first.pk)]
    assert (data["total"], data["unreadCount"]) == (2, 2)


def test_the_count_of_unread_ones_is_of_the_whole_inbox(mine, owner):
    for notice in tell(owner, 3)[:2]:
        inbox.mark_read(owner, notice.pk)

    data = mine.get("notifications", {"unreadOnly": "false", "limit": "1"}).data["data"]

    assert (len(data["notifications"]), data["total"], data["unreadCount"]) == (1, 3, 1)


def test_a_walk_by_cursor_shows_each_notice_once(mine, owner):
    tell(owner, 7)

    seen, cursor = [], ""
    while cursor is not None:
        query = {"cursor": cursor} if cursor else {"limit": "3"}
        data = mine.get("notifications", query).data["data"]
        seen += [notice["title"] for notice in data["notifications"]]
        cursor = data["nextCursor"]
        tell(owner)

    assert seen == ["t6", "t5", "t4", "t3", "t2", "t1", "t0"]


def test_a_cursor_carries_unread_only(mine, owner):
    inbox.mark_read(owner, tell(owner, 5)[0].pk)
    first = mine.get("notifications", {"unreadOnly": "true", "limit": "3"}).data["data"]

    second = mine.get("notifications", {"cursor": first["nextCursor"]}).data["data"]

    assert [notice["title"] for notice in second["notifications"]] == ["t1"]


def test_a_cursor_of_somebody_else_is_refused(mine, owner, stranger, client_for):
    tell(owner, 2)
    cursor = mine.get("notifications", {"limit": "1"}).data["data"]["nextCursor"]

    answer = client_for(stranger).get("notifications", {"cursor": cursor})

    assert (answer.status_code, answer.data["code"]) == (422, "INVALID_CURSOR")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "101"}, "VALIDATION_FAILED"),
        ({"limit": "0"}, "VALIDATION_FAILED"),
        ({"page": "0"}, "VALIDATION_FAILED"),
        ({"unreadOnly": "perhaps"}, "VALIDATION_FAILED"),
        ({"unreadOnly": "\x00"}, "VALIDATION_FAILED"),
        ({"page": "101", "limit": "100"}, "USE_CURSOR"),
        ({"cursor": "forged"}, "INVALID_CURSOR"),
        ({"cursor": "\x00"}, "INVALID_CURSOR"),
        ({"cursor": "forged", "page": "1"}, "VALIDATION_FAILED"),
    ],
)
def test_a_bad_query_is_told_apart(mine, query, code):
    answer = mine.get("notifications", query)

    assert (answer.status_code, answer.data["code"]) == (422, code)


def test_a_long_inbox_takes_no_more_statements_than_a_short_one(
    mine, owner, django_assert_num_queries
):
    for number in (25, 50):
        tell(owner, number)
        with django_assert_num_queries(4):  # who, rows, how many, how many unread
            mine.get("notifications")


def test_behind_a_cursor_nothing_is_counted_again(mine, owner, django_assert_num_queries):
    tell(owner, 5)
    cursor = mine.get("notifications", {"limit": "2"}).data["data"]["nextCursor"]

    with django_assert_num_queries(3):
        mine.get("notifications", {"cursor": cursor})


def test_an_inbox_is_personal(mine):
    assert mine.get("notifications").headers["Cache-Control"] == "no-store"
