"""Log records as one line each, with the request they belong to and never a secret."""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

# Set by the edge middleware and the authenticator; read by every record made below them.
request_id: ContextVar[str] = ContextVar("request_id", default="")
user_id: ContextVar[str] = ContextVar("user_id", default="")

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
_SECRETS: Final = re.compile(
    r"""
    (?<![\w-]) eyJ[\w-]{8,}+ (?:[.:][\w-]++){2}  # a JWT, or a value that Django signed
    | (?<=://) [^/\s:@]* : [^/\s@]+ (?=@)         # user:password@ in an address
    | (?P<name> bearer\s | (?:password|secret|token) [\w-]{0,20} ["']? \s? [:=] \s? )
      (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [^\s"',;&)}\]]+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EMAILS: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z][\w-]*")
MASK: Final = "[secret]"


def masked(text: str) -> str:
    """The text without what looks like a secret or an address. The last net: callers pass none."""
    text = _SECRETS.sub(lambda found: (found["name"] or "") + MASK, text)
    return _EMAILS.sub("[email]", text) if "@" in text else text


class JSONFormatter(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "message": …, "requestId": …, "userId": …}`"""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, object] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if request_id.get():
            entry["requestId"] = request_id.get()
        if user_id.get():
            entry["userId"] = user_id.get()
        for name, value in record.__dict__.items():
            if name not in _STANDARD and isinstance(value, str | int | float | bool | None):
                entry[name] = masked(value) if isinstance(value, str) else value
        if record.exc_info:
            entry["exception"] = masked(self.formatException(record.exc_info))
        # json escapes line ends and control characters: one record, one line.
        return json.dumps(entry, ensure_ascii=True)


class ConsoleFormatter(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        lines = [f"{moment} {record.levelname.lower():8} {masked(record.getMessage())}"]
        if record.exc_info:
            lines += masked(self.formatException(record.exc_info)).split("\n")
        return "\n".join(_printable(line) for line in lines)


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
