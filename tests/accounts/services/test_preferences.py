from __future__ import annotations

import pytest

from accounts.models import Profile
from accounts.services import preferences
from audit.models import AuditEntry
from config.common.errors import ValidationFailed
from notifications.kinds import SECURITY_KINDS, Kind


@pytest.fixture
def merge(owner, meta):
    """Merges, and returns all of it as the database has it."""

    def put(patch):
        preferences.merge(owner, patch, meta=meta)
        return Profile.objects.get(user=owner).preferences

    return put


def nested(levels: int):
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_a_patch_is_merged_over_what_is_there(merge):
    merge({"theme": "dark", "list": {"size": 10, "sort": "name"}})

    assert merge({"theme": "light", "list": {"size": 20}, "tips": [1, None]}) == {
        "theme": "light",
        "list": {"size": 20, "sort": "name"},
        "tips": [1, None],
    }


def test_a_null_removes_its_key_at_any_level(merge):
    merge({"theme": "dark", "list": {"size": 10, "sort": "name"}})

    assert merge({"theme": None, "list": {"sort": None}, "other": {"x": None}, "no": None}) == {
        "list": {"size": 10},
        "other": {},
    }


def test_an_object_takes_the_place_of_what_was_none_and_the_other_way_round(merge):
    merge({"a": 1, "b": {"c": 2}})

    assert merge({"a": {"c": 1}, "b": 3}) == {"a": {"c": 1}, "b": 3}


def test_a_change_is_an_entry_that_names_the_keys_alone(merge, owner):
    merge({"theme": "dark", "kept": 1, "gone": 1})

    merge({"theme": "light", "kept": 1, "gone": None, "new": True})

    entry = AuditEntry.objects.filter(action="PREFERENCES_UPDATED").latest("pk")
    assert entry.user_id == owner.pk
    assert entry.details == {"keys": ["gone", "new", "theme"]}


def test_what_changes_nothing_leaves_no_entry(merge):
    merge({"theme": "dark"})

    merge({"theme": "dark", "none": None})
    merge({})

    assert AuditEntry.objects.count() == 1


def test_true_is_not_one(merge):
    merge({"on": 1})

    assert merge({"on": True})["on"] is True
    assert AuditEntry.objects.count() == 2


def test_five_levels_are_kept_and_six_are_too_many(merge):
    assert merge(nested(5)) == nested(5)
    with pytest.raises(ValidationFailed) as raised:
        merge(nested(6))

    assert raised.value.errors[0].code == "max_depth"


def test_lists_are_levels_too(merge):
    with pytest.raises(ValidationFailed):
        merge({"a": [[[[[]]]]]})


def test_sixteen_kibibytes_are_kept_and_one_byte_more_is_too_much(merge):
    room = 16_384 - len('{"a":""}')

    merge({"a": "x" * room})
    with pytest.raises(ValidationFailed) as raised:
        merge({"a": "x" * (room + 1)})

    assert raised.value.errors[0].code == "max_size"


def test_size_counts_what_is_there_and_bytes_not_letters(merge):
    merge({"a": "ä" * 6_000})

    with pytest.raises(ValidationFailed):
        merge({"b": "ä" * 6_000})


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30, 1e300, float("inf"), float("nan")])
def test_numbers_that_not_every_program_reads_are_refused(merge, number):
    with pytest.raises(ValidationFailed):
        merge({"a": [number]})


def test_other_numbers_come_back_as_they_were(merge):
    numbers = [0, -1, 2**53 - 1, 0.1, 1.5e-7, 12345.678]

    assert merge({"a": numbers})["a"] == numbers


@pytest.mark.parametrize("kind", sorted(kind.value for kind in SECURITY_KINDS))
def test_mails_about_security_cannot_be_switched_off(merge, kind):
    merge({"notifications": {kind: True}})

    with pytest.raises(ValidationFailed) as raised:
        merge({"notifications": {kind: False}})

    assert raised.value.errors[0].field == f"notifications.{kind}"
    assert raised.value.errors[0].code == "always_on"


@pytest.mark.parametrize("wish", ["no", 0, [], {}])
def test_a_wish_is_true_or_false(merge, wish):
    with pytest.raises(ValidationFailed):
        merge({"notifications": {"SYSTEM": wish}})


def test_what_a_program_keeps_under_the_same_name_is_its_own(merge):
    own = {"notifications": {"email": {"weekly": "no"}, "SYSTEM": False}}

    assert merge(own) == own


def test_a_wish_decides_over_mails_of_its_type_alone(merge):
    wishes = merge({"notifications": {"ROLE_CHANGED": False}})

    assert not preferences.wants_mail(wishes, Kind.ROLE_CHANGED)
    assert preferences.wants_mail(wishes, Kind.SYSTEM)


@pytest.mark.parametrize(
    "stored", [None, {}, [], {"notifications": None}, {"notifications": {"LOGIN_ALERT": False}}]
)
def test_mails_go_out_unless_somebody_could_and_did_say_no(stored):
    assert preferences.wants_mail(stored, Kind.LOGIN_ALERT)
