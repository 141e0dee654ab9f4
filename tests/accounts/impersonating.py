"""Staff in somebody's place, for tests."""

from __future__ import annotations

from typing import Any

from accounts.models import Session, User
from tests.conftest import ApiClient


def start(staff: ApiClient, person: User | str, **body: Any) -> Any:
    """The answer to asking for it."""
    return staff.post(f"admin/users/{getattr(person, 'pk', person)}/impersonate", body)


def acting(staff: ApiClient, person: User, **body: Any) -> ApiClient:
    """The staff's other device, in the person's place."""
    answer = start(staff, person, **body)
    assert answer.status_code == 200, answer.data
    client = ApiClient()
    client.token = answer.data["data"]["accessToken"]
    client.session_id = answer.data["data"]["session"]["id"]
    return client


def row(client: ApiClient) -> Session:
    return Session.objects.get(pk=client.session_id)
