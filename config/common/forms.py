"""Fields that the forms of all pages share."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.common.ids import parse_uuid
from config.common.text import is_plain


class TextField(forms.CharField):
    """Real text as the API takes it: NFC, without control characters. lines: may hold line ends."""

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        if lines:
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
        super().__init__(**kwargs)
        self.lines = lines

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", super().to_python(value) or "")
        if not is_plain(text, lines=self.lines):
            raise ValidationError(_("This holds characters that cannot be used here."))
        return text


class PersonField(forms.CharField):
    """Somebody by email, username or id; the account, once it is cleaned. None for nobody named."""

    knows_addresses = True  # whose an address is, only who may read people may find out
    default_error_messages = {"nobody": _("There is nobody of this email, username or id.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Email, username or id."))
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> Any:
        term = super().clean(value)
        if term in self.empty_values:
            return None
        found = people_named(term).first() if self.knows_addresses or "@" not in term else None
        if found is None:
            raise forms.ValidationError(self.error_messages["nobody"], "nobody")
        return found


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    """Date and time in one native input, in UTC; Django's pair of them needs its scripts."""
    attrs = {"type": "datetime-local", "step": 1}
    shown = forms.DateTimeInput(attrs, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(required=False, widget=shown, **kwargs)


def people_named(term: str) -> Any:
    """The accounts of this very email, username or id."""
    people: Any = get_user_model()._default_manager  # noqa: SLF001
    key = parse_uuid(term.strip())
    return people.filter(pk=key) if key else people.named(term)
