"""Races are about what PostgreSQL lets through; on SQLite writers are serial, and few suffice."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection

from config.common.request_meta import RequestMeta
from tests.accounts.races.crowd import Crowd, gathered

IS_POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def rounds() -> int:
    return 20 if IS_POSTGRESQL else 3


@pytest.fixture
def many_rounds() -> int:
    """Where a promise rests on it: what one round in a hundred lets through shows up too."""
    return 200 if IS_POSTGRESQL else 3


@pytest.fixture
def uses() -> int:
    """How many use the same thing at once."""
    return 100 if IS_POSTGRESQL else 16


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    """40 connections, so that two test processes stay below PostgreSQL's default of 100."""
    with gathered(40 if IS_POSTGRESQL else 8) as crowd:
        yield crowd


@pytest.fixture
def naive_crowd(transactional_db: None) -> Iterator[Crowd]:
    """For code that reads first and writes later, to show that these tests would notice."""
    if not IS_POSTGRESQL:
        pytest.skip("On SQLite writers are serial, and what is wrong may well go right.")
    with gathered(40) as crowd:
        yield crowd


@pytest.fixture
def meta() -> RequestMeta:
    return RequestMeta(ip="192.0.2.7", user_agent="Mozilla/5.0", request_id="race-of-many")


def deadlocks() -> int:
    """How many PostgreSQL has had to break in this database so far."""
    if not IS_POSTGRESQL:
        return 0
    mine = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 5
    with connection.cursor() as cursor:
        # A backend tells what it counted when it ends.
        while time.monotonic() < deadline:
            cursor.execute(f"SELECT count(*) {mine}")
            if not cursor.fetchone()[0]:
                break
            time.sleep(0.01)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _without_deadlocks(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    """Requested before the crowd, so looked at after the crowd has left."""
    before = deadlocks()
    yield
    if not {"naive_crowd", "wants_deadlocks"} & set(request.fixturenames):
        assert deadlocks() == before


@pytest.fixture
def wants_deadlocks() -> None:
    """For the test that shows that they are counted."""
    if not IS_POSTGRESQL:
        pytest.skip("On SQLite there is one lock, and nobody to wait for crosswise.")
