"""Which password is the right one, and under which hash it is kept."""

from __future__ import annotations

import bcrypt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, make_password
from django.test import override_settings

from accounts import hashers
from accounts.models import User
from config.common.errors import Busy
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory

BCRYPT = "accounts.hashers.BCrypt12PasswordHasher"
ARGON = "accounts.hashers.Argon2idPasswordHasher"
OLD = (
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "accounts.hashers.OldBCryptPasswordHasher",
)
LONG = "".join(chr(ord("a") + position % 26) for position in range(127)) + "Z"


def preferring(first):
    others = [name for name in (BCRYPT, ARGON) if name != first]
    return override_settings(PASSWORD_HASHERS=[first, *others, *OLD])


def sent(api, user, password):
    answer = api.post("auth/login", {"identifier": user.email, "password": password})
    return answer.status_code


@pytest.mark.parametrize("preferred", [BCRYPT, ARGON], ids=["bcrypt", "argon2id"])
def test_all_128_characters_count(api, preferred):
    with preferring(preferred):
        user = UserFactory(password=make_password(LONG))
        other_at_90 = LONG[:89] + "#" + LONG[90:]
        statuses = [sent(api, user, password) for password in (other_at_90, LONG[:72], LONG)]

    assert statuses == [401, 401, 200]


@pytest.mark.parametrize("near_miss", [f"{PASSWORD} ", f" {PASSWORD}", PASSWORD.swapcase()])
def test_blanks_and_case_count(api, owner, near_miss):
    assert sent(api, owner, near_miss) == 401


def test_a_blank_at_the_end_is_part_of_a_password(api):
    user = UserFactory(password=make_password("Correct-Horse7 "))

    assert sent(api, user, "Correct-Horse7") == 401
    assert sent(api, user, "Correct-Horse7 ") == 200


@pytest.mark.parametrize("typed", ["Caf\u00e9-Horse7", "Cafe\u0301-Horse7"], ids=["NFC", "NFD"])
@pytest.mark.parametrize("chosen", ["Caf\u00e9-Horse7", "Cafe\u0301-Horse7"], ids=["NFC", "NFD"])
def test_the_same_letters_from_another_keyboard_are_the_same_password(api, chosen, typed):
    api.post("auth/register", {"email": "a@example.org", "username": "abc", "password": chosen})

    assert sent(api, User.objects.get(), typed) == 200


class Rounds10(BCryptSHA256PasswordHasher):
    rounds = 10


def stored(how):
    if how == "plain bcrypt":
        # As another program wrote it: more than 72 bytes were cut.
        return "bcrypt$" + bcrypt.hashpw(LONG.encode()[:72], bcrypt.gensalt(4)).decode()
    if how == "bcrypt, fewer rounds":
        return Rounds10().encode(LONG, Rounds10().salt())
    with override_settings(PASSWORD_HASHERS=[OLD[0] if how == "PBKDF2" else how]):
        return make_password(LONG)


@pytest.mark.parametrize(
    ("how", "preferred", "begins"),
    [
        ("PBKDF2", BCRYPT, "bcrypt_sha256$$2b$12$"),
        ("plain bcrypt", BCRYPT, "bcrypt_sha256$$2b$12$"),
        ("bcrypt, fewer rounds", BCRYPT, "bcrypt_sha256$$2b$12$"),
        (ARGON, BCRYPT, "bcrypt_sha256$$2b$12$"),
        ("PBKDF2", ARGON, "argon2$argon2id$v=19$m=19456,t=2,p=1$"),
        (BCRYPT, ARGON, "argon2$argon2id$v=19$m=19456,t=2,p=1$"),
    ],
)
def test_an_older_hash_is_upgraded_by_a_login(api, how, preferred, begins):
    user = UserFactory(password=stored(how))

    with preferring(preferred):
        first = sent(api, user, LONG)
        upgraded = User.objects.get(pk=user.pk).password
        again = sent(api, user, LONG)
        cut = sent(api, user, LONG[:100])

    assert first == again == 200
    assert upgraded.startswith(begins)
    assert cut == 401


def test_an_older_hash_stays_where_the_password_was_wrong(api):
    user = UserFactory(password=stored("bcrypt, fewer rounds"))

    with preferring(BCRYPT):
        sent(api, user, "Wrong-Horse9")

    assert User.objects.get(pk=user.pk).password == user.password


def test_more_rounds_than_asked_for_are_kept():
    stronger = type("Rounds13", (BCryptSHA256PasswordHasher,), {"rounds": 13})()

    with preferring(BCRYPT):
        assert not hashers.is_outdated(stronger.encode("x", stronger.salt()))


def test_a_full_queue_puts_the_upgrade_off_and_not_the_login(api, monkeypatch):
    user = UserFactory(password=stored("bcrypt, fewer rounds"))

    def full(*_args, **_kwargs):
        raise Busy(retry_after=1)

    monkeypatch.setattr(hashers, "hashed", full)
    with preferring(BCRYPT):
        status = sent(api, user, LONG)

    assert status == 200
    assert User.objects.get(pk=user.pk).password == user.password


def test_as_shipped_bcrypt_is_written_and_the_others_are_read():
    from config.settings import base

    assert base.PASSWORD_HASHERS[:2] == [BCRYPT, ARGON]
    assert set(OLD) < set(base.PASSWORD_HASHERS)
    assert django_settings.AUTH_PASSWORD_VALIDATORS == [
        {"NAME": "accounts.services.passwords.PolicyValidator"}
    ]


def test_an_unusable_password_costs_a_hash_and_opens_nothing(api):
    user = UserFactory(password=make_password(None))

    answer = api.post("auth/login", {"identifier": user.email, "password": user.password})

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
