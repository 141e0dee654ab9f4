"""A call as somebody would write it: for curl, in Python, in JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

_ID: Final = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
# For parameters of which the schema gives no example; the same people and ids as in its own.
_VALUES: Final = {
    "email": "ada@example.org",
    "username": "ada",
    "token": "pZ2cQ7vX",
    "permission": "USER_MANAGE",
    "userId": _ID,
    "roleId": "019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593",
    "sessionId": "019aaf42-7d10-7c11-8a52-5b1f0e9d3c47",
    "notificationId": "019aaf43-1b2c-7d3e-9f40-a1b2c3d4e5f6",
    "grantId": "019aaf44-3c4d-7e5f-8061-b2c3d4e5f607",
    "trustedId": "019aaf45-4d5e-7f60-9172-c3d4e5f60718",
    "entryId": "4711",
}
_LANGUAGES: Final = (("curl", "curl"), ("python", "Python"), ("javascript", "JavaScript"))
_WHENCE: Final = "data.tokens.accessToken of /api/v1/auth/login"
_FILE: Final = "me.jpg"


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire. sample: the body as JSON; files: the form's fields that are some."""

    method: str
    url: str
    sample: str
    files: list[str]
    needs_token: bool


def of(sent: Sent) -> list[tuple[str, str, str]]:
    """(the language's key, its name, code)."""
    makers = {"curl": _curl, "python": _python, "javascript": _javascript}
    return [(key, name, makers[key](sent)) for key, name in _LANGUAGES]


def with_values(path: str, parameters: Iterable[Mapping[str, Any]]) -> str:
    """The path with what it cannot do without: its own parameters, and the query's required."""
    query = {}
    for one in parameters:
        name = one["name"]
        if one["in"] == "path":
            path = path.replace(f"{{{name}}}", quote(_value(one), safe=""))
        elif one["in"] == "query" and one.get("required"):
            query[name] = _value(one)
    return f"{path}?{urlencode(query, safe='@')}" if query else path


def _value(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema", {})
    given = parameter.get("example", schema.get("example", schema.get("default")))
    if given is None:
        given = next(iter(schema.get("enum", ())), None)
    # A name that nobody thought of breaks a test, not the page.
    return str(given if given is not None else _VALUES.get(parameter["name"], parameter["name"]))


def _curl(sent: Sent) -> str:
    lines = [f"curl -s -X {sent.method} '{sent.url}'"]
    if sent.needs_token:
        lines.append('  -H "Authorization: Bearer $TOKEN"')
    lines += [f"  -F '{name}=@{_FILE}'" for name in sent.files]
    if sent.sample:
        compact = json.dumps(json.loads(sent.sample), ensure_ascii=False).replace("'", "'\\''")
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{compact}'"]
    return " \\\n".join(lines)


def _python(sent: Sent) -> str:
    arguments = [repr(sent.url)]
    # httpx's own `delete` takes no body.
    called = f"httpx.{sent.method.lower()}("
    if sent.method == "DELETE" and sent.sample:
        called = "httpx.request("
        arguments.insert(0, f'"{sent.method}"')
    if sent.needs_token:
        arguments.append('headers={"Authorization": f"Bearer {token}"}')
    if sent.files:
        files = ", ".join(f'"{name}": open("{_FILE}", "rb")' for name in sent.files)
        arguments.append(f"files={{{files}}}")
    if sent.sample:
        arguments.append(f"json={json.loads(sent.sample)!r}")
    token = f'token = "eyJ…"  # {_WHENCE}\n' if sent.needs_token else ""
    inner = "".join(f"\n    {argument}," for argument in arguments)
    return f"import httpx\n\n{token}answer = {called}{inner}\n)\nprint(answer.json())"


def _javascript(sent: Sent) -> str:
    lines = [f'const token = "eyJ…"; // {_WHENCE}'] if sent.needs_token else []
    if sent.files:
        chosen = 'document.querySelector("input[type=file]").files[0]'
        lines.append("const form = new FormData();")
        lines += [f'form.append("{name}", {chosen});' for name in sent.files]
    headers = []
    if sent.needs_token:
        headers.append("    Authorization: `Bearer ${token}`,")
    if sent.sample:
        headers.append('    "Content-Type": "application/json",')
    lines += [
        f"const answer = await fetch({json.dumps(sent.url)}, {{",
        f'  method: "{sent.method}",',
    ]
    if headers:
        lines += ["  headers: {", *headers, "  },"]
    if sent.files:
        lines.append("  body: form,")
    if sent.sample:
        body = sent.sample.replace("\n", "\n  ")
        lines.append(f"  body: JSON.stringify({body}),")
    return "\n".join([*lines, "});", "console.log(await answer.json());"])
