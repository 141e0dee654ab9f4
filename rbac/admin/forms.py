"""What the forms and lists of these pages share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.common.staff import StaffAdmin, people_named


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


class OfPeople(StaffAdmin):
    """Rows that somebody has; found by whose they are, exactly."""

    search_fields = ("user",)
    search_help_text = _("Email, username or id.")
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(user__in=people_named(search_term))
        return queryset, False
