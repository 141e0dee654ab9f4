"""What the forms and lists of these pages share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from config.common.staff import OfPeople
from rbac.permissions import Permission


class NamesPeople(OfPeople):
    """Closed to who may not read people: each of its lists and forms names some, or finds them."""

    def _may(self, request: HttpRequest, what: str) -> bool:
        return request.user.has_perm(Permission.USER_READ.perm) and super()._may(request, what)


class Unchecked(forms.ModelForm):
    """The service looks for what is there already, and says it in its own words."""

    def validate_unique(self) -> None:
        pass

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self._meta.model._meta.get_fields()}  # noqa: SLF001


class Checkboxes(forms.CheckboxSelectMultiple):
    """In groups under a heading each, and with more than a word to say about each."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string("admin/checkboxes.html", self.get_context(name, value, attrs))
