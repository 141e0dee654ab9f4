"""Which passwords may be chosen: two profiles, told apart row by row."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.services.passwords import PolicyValidator
from accounts.validators import is_common, normalised, password_faults

NAMES = ("ada.lovelace@example.org", "ada_l1815", "Augusta", "Lovelace")


def codes(password, policy="composition", *, names=NAMES, has_second_factor=False):
    faults = password_faults(
        password, names=names, policy=policy, has_second_factor=has_second_factor
    )
    return {fault.code.removeprefix("password_") for fault in faults}


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Correct-Horse7", set()),
        ("Aa1!zx9", {"too_short"}),
        ("Aa1!zx9k", set()),
        ("correct-horse7", {"no_upper"}),
        ("CORRECT-HORSE7", {"no_lower"}),
        ("Correct-Horse", {"no_digit"}),
        ("CorrectHorse7x", {"no_special"}),
        ("correcthorsexy", {"no_upper", "no_digit", "no_special"}),
        ("", {"too_short", "no_upper", "no_lower", "no_digit", "no_special", "too_common"}),
        # From 15 characters on any composition.
        ("correcthorsexyz", set()),
        ("correct horse battery staple", set()),
        (
            "\u6b63\u3057\u3044\u99ac\u306e\u96fb\u6c60\u306e\u30db\u30c1\u30ad\u30b9\u3067\u3059\u3088",
            set(),
        ),
        ("Aa1!" + "zx9k" * 31, set()),  # 128
        ("Aa1!" + "zx9k" * 31 + "q", {"too_long"}),
        # Letters are those of any alphabet; what is neither letter nor digit is special.
        ("\u00c4\u00f6\u00fc-\u0416\u04347890", set()),
        ("Ab3 xy9zq", set()),
        ("Ab3\U0001f40exy9zq", set()),
    ],
)
def test_composition(password, faults):
    assert codes(password) == faults


@pytest.mark.parametrize(
    ("password", "second_factor", "faults"),
    [
        ("correcthorsexyz", False, set()),
        ("correcthorsexy", False, {"too_short"}),
        ("Correct-Horse7", False, {"too_short"}),
        ("correcthorsexy", True, set()),
        ("zxqkvbnm", True, set()),
        ("zxqkvbn", True, {"too_short"}),
        ("a" * 20, False, {"too_common"}),
        ("zxqk" * 32, False, set()),
        ("zxqk" * 32 + "v", False, {"too_long"}),
        ("lovelace-lovelace", False, {"too_similar"}),
    ],
)
def test_length(password, second_factor, faults):
    assert codes(password, "length", has_second_factor=second_factor) == faults


@pytest.mark.parametrize(
    ("password", "length"),
    [
        ("\U0001f40e" * 5 + "\U0001f50b" * 5 + "\U0001f4ce" * 4 + "\U0001f3e0", 15),
        ("e\u0301" * 3 + "correcthorse", 15),  # an accent typed apart is one character
    ],
)
def test_length_is_counted_in_characters(password, length):
    assert len(normalised(password)) == length
    assert "too_short" not in codes(password, "length")
    assert "too_short" in codes(password[2:], "length")


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "P@ssw0rd!2024",
        "p4$$w0rd",
        "Qwerty123!",
        "Welcome1!",
        "Iloveyou#1",
        "123456789012345",
        "Letmein!!1",
        "Dr@gon99!",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "PASSWORD12345678",
        "passwordpassword",
        "Password1!Password1!",
        "qwertyqwerty12345",
    ],
)
def test_a_common_one_is_known_in_every_disguise(password):
    assert is_common(normalised(password))
    assert "too_common" in codes(password)


@pytest.mark.parametrize(
    "password", ["Correct-Horse7", "correcthorsexyz", "zxqkvbnm", "Tr0ubad&r3"]
)
def test_an_uncommon_one_is_left_alone(password):
    assert not is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "Lovelace1!",
        "L0vel@ce-12",
        "Augusta-1815",
        "Ada_l1815!",
        "Ada.Lovelace1",
        "AdaLovelace1!",
        "ada.lovelace@example.org",
        "LovelaceAugusta1!",
        "Muster-2026!",
        "musterMuster12345",
    ],
)
def test_nothing_near_the_persons_or_the_services_name(password):
    assert codes(password) & {"too_similar", "too_common"}


@pytest.mark.parametrize(
    "password",
    [
        "Lovelace-battery-7",  # enough is left
        "Adamant-Horse7",  # a short name stands in many words
        "Example-Horse7",
    ],
)
def test_a_name_inside_a_longer_password_is_no_fault(password):
    assert codes(password) == set()


def test_short_and_empty_names_rule_nothing_out():
    assert codes("Correct-Horse7", names=("", "a@b.de", "bo", "Li")) == set()


def test_every_fault_is_told_at_once():
    assert len(password_faults("abc", policy="composition")) >= 4


@pytest.mark.django_db
def test_djangos_own_doors_keep_the_same_rules(settings):
    validator = PolicyValidator()

    with pytest.raises(ValidationError) as told:
        validator.validate("short")
    settings.PASSWORD_POLICY = "length"
    with pytest.raises(ValidationError):
        validator.validate("Correct-Horse7")

    assert "password_too_short" in {fault.code for fault in told.value.error_list}
    assert validator.get_help_text()
