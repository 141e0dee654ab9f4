"""Fields of the account pages, with the contract's bounds; the API has the same in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models.user import canonical_email, canonical_username
from accounts.validators import RESERVED
from config.common.errors import Text
from config.common.forms import TextField


class EmailField(forms.EmailField):
    """An address in its canonical spelling."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Email"))
        widget = forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"})
        super().__init__(max_length=254, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text.isprintable():
            raise ValidationError(_("Enter a valid email address."))
        return canonical_email(text)


class UsernameField(TextField):
    def __init__(self, **kwargs: Any) -> None:
        rule = RegexValidator(
            r"^[A-Za-z0-9_]{3,30}\Z", gettext_lazy("Use 3 to 30 letters, digits and underscores.")
        )
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=gettext_lazy("Username"),
            min_length=3,
            max_length=30,
            validators=[rule],
            widget=forms.TextInput(attrs=attrs),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        name = canonical_username(super().clean(value))
        if name in RESERVED:
            raise ValidationError(_("This name cannot be used."))
        return name


class RuleField(TextField):
    """A text that a rule of the business code reads. rule: raises ValueError; said: what then."""

    def __init__(self, rule: Callable[[str], Any], said: Text, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.rule, self.said = rule, said

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.rule(text) if text else None
        except ValueError as error:
            raise ValidationError(str(self.said)) from error
