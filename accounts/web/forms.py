"""Forms of the account pages: how they look, and how a service's errors get into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from config.common.errors import DomainError, ValidationFailed
from config.common.pages import waiting

# The field that a rule is about, where a form has one of this name.
_FIELD_OF: Final[Mapping[str, str]] = {
    "EMAIL_TAKEN": "email",
    "EMAIL_MISMATCH": "confirm_email",
    "USERNAME_TAKEN": "username",
    "PASSWORD_REUSED": "new_password",
    "TWO_FACTOR_REQUIRED": "code",
    "INVALID_CODE": "code",
    "NO_FILE": "picture",
    "INVALID_IMAGE": "picture",
    "FILE_TOO_LARGE": "picture",
}
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class PageForm(forms.Form):
    """A form whose fields tell assistive technology about their hints and faults."""

    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def refuse(self, error: DomainError) -> None:
        """Show a broken rule at the field that it is about, or above all of them."""
        if isinstance(error, ValidationFailed):
            for fault in error.errors:
                self._place(snake(fault.field), str(fault.message))
        else:
            self._place(_FIELD_OF.get(error.code, ""), str(error.message))

    def _place(self, name: str, text: str) -> None:
        if name == "new_password" and name not in self.fields:
            name = "password"
        self.add_error(name if name in self.fields else None, text)


class PasswordField(forms.CharField):
    """A password to check (`current-password`) or to set (`new-password`)."""

    def __init__(self, *, new: bool = False, **kwargs: Any) -> None:
        kind = "new-password" if new else "current-password"
        attrs = {"autocomplete": kind, "data-password": "new" if new else "current"}
        super().__init__(
            strip=False, max_length=1024, widget=forms.PasswordInput(attrs=attrs), **kwargs
        )


class CodeInput(forms.TextInput):
    """Comes back empty: a code that was wrong, or spent, is of no use a second time."""

    def format_value(self, value: Any) -> None:
        return None


class CodeField(forms.CharField):
    """A code of the second factor: six digits, or a backup code."""

    def __init__(self, *, digits: bool = False, **kwargs: Any) -> None:
        attrs = {"autocomplete": "one-time-code", "class": "code", "spellcheck": "false"}
        if digits:
            attrs |= {"inputmode": "numeric", "data-length": "6"}
        kwargs.setdefault("label", _("Code"))
        super().__init__(max_length=40, widget=CodeInput(attrs=attrs), **kwargs)


class ProofForm(PageForm):
    """Password, and code where the account has a second factor: `needs_code` keeps the field."""

    password = PasswordField(label=_("Your password"))
    code = CodeField(
        label=_("Code from your authenticator app"),
        help_text=_("Or one of your backup codes."),
        required=False,
    )

    def __init__(self, *args: Any, needs_code: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_code:
            self.fields["code"].required = True
        else:
            del self.fields["code"]


def attempt(form: forms.Form, work: Callable[..., Any]) -> DomainError | None:
    """Do the work with the form's values; a broken rule is shown in the form and returned."""
    try:
        work(**form.cleaned_data)
    except DomainError as error:
        if isinstance(form, PageForm):
            form.refuse(error)
        return error
    return None


def form_page(
    request: HttpRequest,
    template: str,
    form: forms.Form,
    error: DomainError | None = None,
    **context: Any,
) -> HttpResponse:
    """The page with its form: 200 as it opens, 422 for faults, else the rule's own status."""
    status = error.status if error else 422 if form.errors else 200
    page = render(request, template, {**context, "form": form}, status=status)
    return waiting(page, error)


def snake(name: str) -> str:
    """`newPassword` as `new_password`."""
    return _HUMP.sub("_", name).lower()
