"""Fields that are camelCase on the wire and snake_case in Python, and that refuse bad text."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

# Control characters, and what makes text run backwards or look like something else.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINES: Final = re.compile(r"[\t\r\n\u2028\u2029]")


def camel(name: str) -> str:
    """`first_name` as `firstName`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class WireSerializer(serializers.Serializer):
    """A serializer whose fields are declared in snake_case and spoken in camelCase.

    `validated_data` has the Python names; errors and the schema have the wire's.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = {}
        for name, field in super().get_fields().items():
            wire = camel(name)
            if wire != name and field.source is None:
                field.source = name
            fields[wire] = field
        return fields


class Text(serializers.CharField):
    """Text from outside: real text, bounded, NFC, without control characters.

    Numbers and booleans are no text here: REST framework would turn 1 into "1".
    lines: may hold line ends and tabs.
    """

    default_error_messages = {
        "control": _("This holds characters that cannot be used here."),
    }

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 255)
        super().__init__(**kwargs)
        self.lines = lines

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before CharField strips what stands at the ends.
        if isinstance(data, str):
            self._refuse_controls(data)
            data = unicodedata.normalize("NFC", data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def _refuse_controls(self, data: str) -> None:
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("control")
        bad = _CONTROL.search(data) or _BIDI.search(data)
        if bad or (not self.lines and _LINES.search(data)):
            self.fail("control")


class Password(serializers.CharField):
    """A password to check: taken as it is, to the last blank. Rules are the business code's."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 1024)
        super().__init__(trim_whitespace=False, allow_blank=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("invalid")
        return super().to_internal_value(data)


class Token(Text):
    """An opaque token."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 4096)
        super().__init__(**kwargs)


class Flag(serializers.BooleanField):
    """true or false; not "true", 1 or "on"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
