"""Filters of lists that are asked for in fields, where a choice of links would be too long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class FormFilter(admin.ListFilter):
    """What the form reads narrows the list; where it has faults, nothing is shown but these."""

    title = _("filter")
    template = "admin/form_filter.html"
    form_class: ClassVar[type[forms.Form]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, page: Any) -> None:
        super().__init__(request, params, model, page)
        given = {
            name: params.pop(name)[-1] for name in self.expected_parameters() if name in params
        }
        self.used_parameters = {name: value for name, value in given.items() if value}
        self.form = self.form_class(self.used_parameters)

    def narrowed(self, queryset: QuerySet[Any], asked: dict[str, Any]) -> QuerySet[Any]:
        """asked: what the form has read, empty values too."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.form.is_valid():
            return queryset.none()
        return self.narrowed(queryset, self.form.cleaned_data)

    @classmethod
    def names(cls) -> list[str]:
        return list(cls.form_class.base_fields)

    def expected_parameters(self) -> list[Any]:
        return self.names()

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What else the address says, to be kept."""
        for name, value in changelist.params.items():
            if name not in self.expected_parameters() and name != "p":
                yield {"name": name, "value": value}
