"""Fields that the forms of all pages share."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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
