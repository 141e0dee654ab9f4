"""What is committed in two forms says the same in both, so that a fresh clone needs no gettext."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

# Named, so that their classes are known.
from accounts import errors as accounts_errors  # noqa: F401
from config.common.errors import DomainError
from rbac import errors as rbac_errors  # noqa: F401

FOLDERS = sorted(
    path for root in settings.LOCALE_PATHS for path in Path(root).glob("*/LC_MESSAGES")
)
FIELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
Texts = dict[str | tuple[str, int], str]


def written(path: Path) -> Texts:
    """The translations of a .po file as gettext keys them, without those that are open or fuzzy."""
    texts: Texts = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        if any(line.startswith("#,") and "fuzzy" in line for line in lines):
            continue
        entry: dict[str, str] = {}
        word = ""
        for line in lines:
            found = re.match(r'(?:(msg\S+) )?(".*")$', line)
            if found:
                word = found[1] or word
                entry[word] = entry.get(word, "") + ast.literal_eval(found[2])
        key = entry.get("msgid", "")
        if "msgctxt" in entry:
            key = f"{entry['msgctxt']}\x04{key}"
        for word, text in entry.items():
            if word.startswith("msgstr") and text and key:
                number = word[6:].strip("[]")
                texts[(key, int(number)) if number else key] = text
    return texts


def compiled(path: Path) -> Texts:
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in catalogue.items() if key}


def codes() -> list[type[DomainError]]:
    found, open_ = [], [DomainError]
    while open_:
        error = open_.pop()
        found.append(error)
        open_ += error.__subclasses__()
    return [
        error for error in found if error.__module__.split(".")[0] in {"accounts", "config", "rbac"}
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_compiled_texts_are_those_that_were_written(folder):
    texts = written(folder / "django.po")

    assert texts
    assert compiled(folder / "django.mo") == texts


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_no_text_is_left_open(folder):
    open_ = [
        block
        for block in re.split(r"\n\s*\n", (folder / "django.po").read_text())
        if re.search(r'^msgstr(\[\d\])? ""$(?!\n")', block, re.MULTILINE) or "#, fuzzy" in block
    ]

    assert open_ == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_a_translation_fills_in_the_same_values(folder):
    texts = written(folder / "django.po")

    wrong = {
        key: text
        for key, text in texts.items()
        if set(FIELD.findall(text)) != set(FIELD.findall(key if isinstance(key, str) else key[0]))
    }
    assert wrong == {}


@pytest.mark.parametrize("error", codes(), ids=lambda error: error.__name__)
def test_every_error_speaks_german(error):
    with translation.override("de"):
        german = str(error.message)
    with translation.override("en"):
        english = str(error.message)

    assert german != english


def test_the_api_answers_in_the_language_of_the_request(client, db):
    answer = client.get("/api/v1/users/profile", HTTP_ACCEPT_LANGUAGE="de-AT,de;q=0.9,en;q=0.1")

    assert answer.json()["message"] == "Bitte melden Sie sich an."
    assert answer.json()["code"] == "NOT_AUTHENTICATED"
