"""The documentation is made from what the program is, so it cannot tell of something else."""

from __future__ import annotations

import ast
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from accounts.web import urls
from config.docs import pages, reference, settings_table
from config.env import VARIABLES
from tests.config.routes import calls
from tests.factories import admin

URLS = [
    *(page.url for page in pages.PAGES.values()),
    "/docs/errors",
    *(f"/docs/api/{name}" for name in reference.areas()),
]
# What pages fetch and send, and where buttons lead; the front is a menu.
NO_PAGES = {
    "/",
    "/brand.css",
    "/theme",
    "/logout",
    "/account/picture",
    "/impersonate/end",
}
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


def operations():
    for path, methods in reference.document()["paths"].items():
        for method in reference.METHODS:
            if method in methods:
                yield pytest.param(path, methods[method], id=methods[method]["operationId"])


@pytest.mark.parametrize(("path", "told"), list(operations()))
def test_an_example_holds_all_that_the_call_needs(path, told):
    call = next(one for one in CALLS if one.id == told["operationId"])
    parameters = [reference._resolved(one) for one in told.get("parameters", [])]
    of_path = {one["name"] for one in parameters if one["in"] == "path"}
    of_query = {one["name"] for one in parameters if one["in"] == "query" and one.get("required")}
    form = told.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    examples = {key: code for key, _name, code in call.examples}

    url = urlsplit(re.search(r"'(http[^']+)'", examples["curl"])[1])
    values = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path), url.path)
    assert values, url.path
    assert values.groupdict().keys() == of_path
    assert [name for name, value in values.groupdict().items() if value == name] == []
    query = parse_qs(url.query, strict_parsing=bool(url.query))
    assert query.keys() == of_query
    assert [name for name, value in query.items() if value == [name]] == []
    assert all(url.geturl() in code for code in examples.values())

    assert ("-F 'avatar=@me.jpg'" in examples["curl"]) == bool(form)
    assert ('files={"avatar": open("me.jpg", "rb")}' in examples["python"]) == bool(form)
    assert ('form.append("avatar", ' in examples["javascript"]) == bool(form)
    assert ("new FormData()" in examples["javascript"]) == bool(form)
    assert ("  body: form," in examples["javascript"]) == bool(form)

    needs_token = not call.is_public
    assert bool(re.search(r"^token = ", examples["python"], re.MULTILINE)) == needs_token
    assert bool(re.search(r"^const token = ", examples["javascript"], re.MULTILINE)) == needs_token


def test_the_call_that_takes_a_file_shows_one():
    forms = [code for call in CALLS for _key, _name, code in call.examples if "FormData" in code]

    assert len(forms) == 1


@pytest.mark.parametrize("call", CALLS, ids=[call.id for call in CALLS])
def test_the_code_uses_nothing_that_it_does_not_name(call):
    code = next(code for key, _name, code in call.examples if key == "python")
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}

    assert {node.id for node in names} - made <= {"httpx", "print", "open"}


@pytest.mark.django_db
def test_every_setting_is_in_it(client):
    page = client.get("/docs/settings").text

    assert [name for name in VARIABLES if f'id="{name}"' not in page] == []


def test_every_setting_says_what_it_means():
    variables = [one for group in settings_table.groups() for one in group.variables]

    assert {one.name for one in variables} == VARIABLES.keys()
    assert [one.name for one in variables if not one.text] == []


@pytest.mark.django_db
def test_what_is_said_of_a_whole_group_is_there_and_of_no_variable(client):
    page = client.get("/docs/settings").text
    said = {group.title: " ".join(group.texts) for group in settings_table.groups()}

    assert "Durations: 90s" in said[""]
    assert "openssl rand" in said["Secrets"]
    assert "LOCKOUT_THRESHOLD to AUDIT_RETENTION_DAYS" in said["Passwords and accounts"]
    assert "manage.py bootstrap" in said["The first admin"]
    assert all(escape(text) in page for group in settings_table.groups() for text in group.texts)
    texts = [one.text for group in settings_table.groups() for one in group.variables]
    assert [text for text in texts if "openssl rand" in text or "bootstrap" in text] == []


def test_every_account_page_is_in_its_list():
    text = render_to_string("docs/pages.html")
    told = set(re.findall(r"<code>(/[^<?]+)", text))

    lasting = [one for one in urls.urlpatterns if one not in urls.development]
    paths = {f"/{one.pattern}" for one in lasting if "<" not in str(one.pattern)}
    above = told - {"/account"}

    assert {"/account/preferences", "/recover"} <= paths
    assert told <= paths | {"/login?next=/account/profile"}
    assert {
        path
        for path in paths - told - NO_PAGES
        if not any(path.startswith(f"{parent}/") for parent in above)
    } == set()


@pytest.mark.django_db
def test_nobody_opens_the_list_of_axes(client):
    client.force_login(admin())

    assert client.get("/staff/axes/accessattempt/").status_code in {403, 404}


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
