"""Columns that somebody fills with what reads alike, or with what their kind does not allow."""

from __future__ import annotations

import pytest
from django.db import connection

from audit.kinds import Action
from audit.models import Blanking
from audit.selectors import unsealed
from audit.services import erasure, sealing
from config.common.request_meta import RequestMeta
from tests.audit.log import happened, seal_all
from tests.audit.sealing import fault, finding, put_in, sql

pytestmark = pytest.mark.django_db

ON_SQLITE = connection.vendor == "sqlite"
ON_POSTGRESQL = connection.vendor == "postgresql"
only_sqlite = pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL refuses such values.")
only_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has none of that.")
NO_TEXT = "CAST(x'ff' AS TEXT)"
TOO_LONG = "'0000:0000:0000:0000:0000:ffff:192.168.100.200'"  # of an address, for Django


@pytest.fixture
def entry(person):
    somebody = person()
    made = happened(
        Action.USER_LOGIN,
        actor=somebody,
        subject=somebody,
        meta=RequestMeta(ip="2001:db8::1", user_agent="Firefox", request_id="a-request"),
    )
    happened()
    return made


def edit(key, assignment):
    sql(f"UPDATE audit_auditentry SET {assignment} WHERE id = %s", key)  # noqa: S608


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "waiting"])
@pytest.mark.parametrize(
    "assignment",
    [
        "timestamp = timestamp || '+05:00'",
        "timestamp = timestamp || '7'",
        "timestamp = replace(timestamp, ' ', 'T')",
        "timestamp = replace(timestamp, '.', ',')",
        "timestamp = CAST(timestamp AS BLOB)",
        "timestamp = 5",
        "user_id = user_id || 'x'",
        "user_id = user_id || char(0)",
        "user_id = CAST(user_id AS BLOB)",
        "actor_id = actor_id || ' '",
        "impersonating_id = ''",
        "salt = upper(salt)",
        "ip_address = upper(ip_address)",
        "ip_address = '2001:0db8::1'",
        f"ip_address = {TOO_LONG}",
        "details = CAST(details AS BLOB)",
        f"action = {NO_TEXT}",
        f"details = {NO_TEXT}",
        f"user_agent = {NO_TEXT}",
        "resource = CAST(resource AS BLOB)",
    ],
)
@only_sqlite
def test_what_sqlite_takes_and_the_program_never_writes_is_named(entry, assignment, is_sealed):
    if is_sealed:
        seal_all()
    with connection.constraint_checks_disabled():
        sql("PRAGMA ignore_check_constraints = ON")
        edit(entry.pk, assignment)
        sql("PRAGMA ignore_check_constraints = OFF")

    assert fault() == ("changed" if is_sealed else "unproven", entry.pk)


@only_sqlite
@pytest.mark.parametrize(
    "assignment",
    [
        f"action = {NO_TEXT}",
        "action = CAST(action AS BLOB)",
        "timestamp = 5",
        f"ip_address = {TOO_LONG}",
    ],
)
def test_sealing_goes_on_over_it(entry, assignment):
    edit(entry.pk, assignment)

    sealing.seal()

    assert not unsealed().exists()
    assert fault() == ("unproven", entry.pk)


def test_a_null_in_the_place_of_no_details_is_named(entry):
    assert entry.details == {}
    seal_all()

    edit(entry.pk, "details = 'null'")

    assert fault() == ("changed", entry.pk)


@only_postgresql
def test_a_copy_is_named_though_the_original_is_said_to_be_younger(entry):
    seal_all()
    edit(entry.pk, f"written_in = {2**62}")

    copy = put_in(entry)

    assert fault() == ("unproven", copy.pk)
    seal_all()
    assert fault() == ("unproven", copy.pk)


BYTES = "'\\x010203'::bytea" if ON_POSTGRESQL else "x'010203'"
NO_TIME = "'infinity'" if ON_POSTGRESQL else "'no time'"


@pytest.mark.parametrize(
    "assignment",
    [
        f"ids = {BYTES}",
        f"leaves = {BYTES}",
        f"signature = {BYTES}",
        f"newest = {NO_TIME}",
        f"sealed_at = {NO_TIME}",
        "retirement = '{}'",
        *(
            pytest.param(assignment, marks=only_sqlite)
            for assignment in (
                "ids = 'text'",
                "leaves = 'text'",
                f"leaves = {NO_TEXT}",
                "root = 'text'",
                "signature = 'text'",
                "previous = 5",
                f"key_id = {NO_TEXT}",
            )
        ),
    ],
)
def test_a_seal_that_cannot_even_be_read_is_named(entry, assignment):
    seal_all()
    for _ in range(2):
        happened()
        seal_all()

    sql(f"UPDATE audit_seal SET {assignment} WHERE id = 2")  # noqa: S608

    assert finding().seal == 2


@only_sqlite
@pytest.mark.parametrize("number", ["'abc'", "2.5", NO_TEXT, "x'ff'"])
def test_nor_does_a_check_stumble_over_a_number_that_is_none(entry, number):
    seal_all()
    happened()
    seal_all()

    sql(f"UPDATE audit_seal SET id = {number} WHERE id = 2")  # noqa: S608

    assert finding().fault in {"seal", "chain"}


@pytest.mark.parametrize(
    "assignment",
    [
        f"ids = {BYTES}",
        f"states = {BYTES}",
        f"blanked_at = {NO_TIME}",
        *(
            pytest.param(assignment, marks=only_sqlite)
            for assignment in ("ids = 'text'", "signature = 5", f"pseudonym = {NO_TEXT}")
        ),
    ],
)
def test_an_erasures_word_that_cannot_be_read_is_no_word(entry, assignment):
    seal_all()
    erasure.anonymise(entry.user_id, pseudonym="erased-1")
    assert fault() == ("", None)

    sql(f"UPDATE audit_blanking SET {assignment}")  # noqa: S608

    assert fault() == ("blanked", entry.pk)


@only_sqlite
@pytest.mark.parametrize("key", ["'no id'", "x'ff'", NO_TEXT])
def test_nor_is_one_that_somebody_put_in_beside_it(entry, key):
    seal_all()
    erasure.anonymise(entry.user_id, pseudonym="erased-1")
    names = [field.column for field in Blanking._meta.concrete_fields if field.name != "id"]
    columns = ", ".join(names)

    sql(
        f"INSERT INTO audit_blanking (id, {columns}) "  # noqa: S608
        f"SELECT {key}, {columns} FROM audit_blanking"
    )

    assert fault() == ("", None)
