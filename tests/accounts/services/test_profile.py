from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf.locale import LANG_INFO
from django.utils import timezone

from accounts.models import Profile, User
from accounts.services import profile
from audit.models import AuditEntry
from config.common.errors import SessionRevoked
from tests.accounts.conftest import NOW

TOLD = {
    "bio": "Analyst of engines.",
    "phone": "+442071838750",
    "date_of_birth": date(1985, 12, 10),
    "address": "12 St James's Square",
    "city": "London",
    "country": "United Kingdom",
    "timezone": "Europe/London",
}


@pytest.fixture
def told(owner, meta):
    profile.update(owner, TOLD, meta=meta)
    AuditEntry.unlocked.all().delete()
    return owner


def details(user: User) -> dict[str, object]:
    found = Profile.objects.get(user=user)
    return {name: getattr(found, name) for name in TOLD}


def test_a_change_leaves_what_is_not_given(told, meta):
    profile.update(told, {"city": "Paris"}, meta=meta)

    assert details(told) == TOLD | {"city": "Paris"}


def test_a_replacement_clears_what_is_not_given(told, meta):
    User.objects.filter(pk=told.pk).update(language="de")

    profile.replace(told, {"city": "Paris"}, meta=meta)

    user = User.objects.get(pk=told.pk)
    assert details(told) == dict.fromkeys(TOLD) | {"city": "Paris"}
    assert (user.first_name, user.last_name, user.language) == ("", "", "en")


@pytest.mark.parametrize("nothing", [None, ""])
def test_none_and_blank_clear_a_field(told, meta, nothing):
    profile.update(told, {"city": nothing, "first_name": nothing}, meta=meta)

    assert details(told)["city"] is None
    assert User.objects.get(pk=told.pk).first_name == ""


def test_new_names_are_found_by_search(owner, meta):
    profile.update(owner, {"first_name": "Ägidia"}, meta=meta)

    assert "ägidia" in User.objects.get(pk=owner.pk).search_text


def test_a_change_is_an_entry_with_names_and_values_of_what_changed(told, meta):
    profile.update(
        told, {"city": "Paris", "bio": TOLD["bio"], "first_name": None, "language": "de"}, meta=meta
    )

    entry = AuditEntry.objects.get(action="PROFILE_UPDATED")
    assert (entry.user_id, entry.actor_id) == (told.pk, told.pk)
    assert entry.details == {
        "fields": ["firstName", "language", "city"],
        "old": {"firstName": "Ada", "language": "en", "city": "London"},
        "new": {"firstName": None, "language": "de", "city": "Paris"},
    }


def test_a_date_of_birth_stands_in_the_entry_as_a_date(told, meta):
    profile.update(told, {"date_of_birth": date(1985, 12, 11)}, meta=meta)

    entry = AuditEntry.objects.get()
    assert entry.details["old"] == {"dateOfBirth": "1985-12-10"}
    assert entry.details["new"] == {"dateOfBirth": "1985-12-11"}


def test_what_changes_nothing_leaves_no_entry(told, meta):
    profile.update(told, TOLD | {"first_name": "Ada"}, meta=meta)
    profile.update(told, {}, meta=meta)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("state", ["suspended_at", "deactivated_at", "deleted_at"])
def test_who_was_stopped_during_the_call_changes_nothing(owner, meta, state):
    User.objects.filter(pk=owner.pk).update(**{state: timezone.now()})

    with pytest.raises(SessionRevoked):
        profile.update(owner, {"city": "Paris"}, meta=meta)

    assert details(owner)["city"] is None


def test_every_field_that_can_be_changed_has_a_place(owner):
    columns = {field.name for field in [*User._meta.fields, *Profile._meta.fields]}

    assert set(profile.FIELDS) <= columns


@pytest.mark.parametrize(
    "text",
    ["+442071838750", "+44 20 7183 8750", "+44 (0)20 7183-8750", "\uff0b442071838750"],
)
def test_a_number_in_any_spelling_becomes_e164(text):
    assert profile.phone_number(text) == "+442071838750"


@pytest.mark.parametrize(
    "text",
    ["", "no", "020 7183 8750", "+1", "+0123456789", "+4420718387501234567", "+44 20 7183 8750 x5"],
)
def test_what_no_country_could_ring_is_no_number(text):
    with pytest.raises(ValueError, match="no number"):
        profile.phone_number(text)


@pytest.mark.parametrize("name", ["Europe/London", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_has_its_iana_name(name):
    assert profile.timezone_name(name) == name


@pytest.mark.parametrize("name", ["", "europe/london", "London", "../etc/passwd", "localtime"])
def test_other_names_are_no_time_zones(name):
    with pytest.raises(ValueError, match="no time zone"):
        profile.timezone_name(name)


@pytest.mark.parametrize("code", ["en", "DE", "mt", "zh"])
def test_a_language_has_two_letters(code):
    assert profile.language_code(code) == code.lower()


@pytest.mark.parametrize("code", ["", "e", "xx", "english", "en-GB"])
def test_other_letters_are_no_language(code):
    with pytest.raises(ValueError, match="no language"):
        profile.language_code(code)


def test_every_language_that_django_knows_is_one():
    assert {code for code in LANG_INFO if len(code) == 2} <= profile.LANGUAGES


@pytest.mark.parametrize(
    "text",
    [
        "1985-12-10",
        "1985-12-10T00:00:00.000Z",
        "1985-12-10T23:30:00-05:00",
        "1985-12-10t00:00:00z",
        "1985-12-10 12:00",
    ],
)
def test_the_day_of_birth_is_the_day_as_it_is_written(text):
    assert profile.birth_date(text) == date(1985, 12, 10)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.12.1985",
        "1985-13-10",
        "19851210",
        "1985-W50-2",
        "1985-12-10Tnoon",
        "1985-12-10T25:00Z",
    ],
)
def test_other_texts_are_no_day(text):
    with pytest.raises(ValueError, match="no day in the past"):
        profile.birth_date(text)


def test_nobody_was_born_today_or_later(clock):
    today = NOW.date()
    yesterday = today - timedelta(days=1)

    assert profile.birth_date(yesterday.isoformat()) == yesterday
    for text in (today.isoformat(), f"{today.year + 1}-01-01"):
        with pytest.raises(ValueError, match="no day in the past"):
            profile.birth_date(text)
