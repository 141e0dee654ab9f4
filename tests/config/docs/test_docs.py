"""The documentation is made from what the program is, so it cannot tell of something else."""

from __future__ import annotations

import ast
import json
import re

import pytest

from config.docs import pages, reference
from config.env import VARIABLES
from tests.config.routes import calls

URLS = [
    *(page.url for page in pages.PAGES.values()),
    "/docs/errors",
    *(f"/docs/api/{name}" for name in reference.areas()),
]
CALLS = [call for area in reference.areas().values() for call in area.calls]


@pytest.mark.django_db
@pytest.mark.parametrize("url", URLS)
def test_every_page_opens_with_its_title_and_its_place_in_the_menu(client, url):
    page = client.get(url).text

    assert re.search(r"<h1>[^<]+</h1>", page)
    assert f'<a href="{url}" aria-current="page">' in page
    assert "unsafe" not in client.get(url).headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("url", URLS)
def test_no_link_of_it_leads_nowhere(client, url):
    page = client.get(url).text

    for target in set(re.findall(r'href="(/docs[^"]*)"', page)):
        path, _, anchor = target.partition("#")
        answer = client.get(path)
        assert answer.status_code == 200, target
        assert not anchor or f'id="{anchor}"' in answer.text, target


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/api/nothing"])
@pytest.mark.django_db
def test_what_is_not_written_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_every_call_of_the_program_is_in_it():
    told = {(call.method, call.path) for call in CALLS}

    assert {(call.method, call.path) for call in calls()} <= told


@pytest.mark.parametrize("call", CALLS, ids=[call.id for call in CALLS])
def test_an_example_says_what_the_schema_says(call):
    examples = {key: code for key, _name, code in call.examples}

    ast.parse(examples["python"])
    assert f"-X {call.method} " in examples["curl"]
    assert f'method: "{call.method}"' in examples["javascript"]
    assert ("Bearer" in examples["curl"]) == (not call.is_public)
    if call.sample:
        sent = re.search(r"-d '(.*)'$", examples["curl"], re.DOTALL)
        assert sent
        assert json.loads(sent[1].replace("'\\''", "'")) == json.loads(call.sample)


@pytest.mark.django_db
def test_every_setting_is_in_it(client):
    page = client.get("/docs/settings").text

    assert [name for name in VARIABLES if f'id="{name}"' not in page] == []


@pytest.mark.django_db
def test_search_knows_pages_calls_and_codes(client):
    answer = client.get("/docs/search.json")

    titles = [page["title"] for page in answer.json()["pages"]]
    assert "Sessions and tokens" in titles
    assert any(title.startswith("POST /api/v1/auth/login") for title in titles)
    assert "LAST_ADMIN" in titles
    written = [page for page in answer.json()["pages"] if "#" not in page["url"]]
    assert len(written) == len(pages.PAGES)
    assert all(len(page["text"]) > 200 for page in written)


@pytest.mark.django_db
def test_it_is_english_whoever_reads_it(client):
    page = client.get("/docs/api/auth", headers={"accept-language": "de"}).text

    assert "Bitte" not in page
