"""What the panels are made of, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

OLD: Final = timedelta(minutes=5)  # figures that are older say when they were counted


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. note: what else there is to it."""

    name: str
    value: str
    note: str = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """body: what it shows; None where nobody has counted yet. size: a class of the style sheet."""

    name: str
    title: str
    body: Any
    lead: str = ""
    template: str = ""
    url: str = ""
    size: str = ""


class Links:
    """Addresses of the site's pages, as far as this person may open them; empty otherwise."""

    def __init__(self, app_list: Iterable[Mapping[str, Any]]) -> None:
        self.open = {model.get("admin_url") for app in app_list for model in app["models"]}

    def list(self, app: str, model: str) -> str:
        try:
            found = reverse(f"admin:{app}_{model}_changelist")
        except NoReverseMatch:
            return ""
        return found if found in self.open else ""

    def page(self, app: str, model: str, key: object) -> str:
        is_open = self.list(app, model)
        return reverse(f"admin:{app}_{model}_change", args=[key]) if is_open else ""


def age(counted_at: datetime) -> str:
    """Nothing where it is fresh."""
    if timezone.now() - counted_at <= OLD:
        return ""
    return _("Last counted {when} UTC.").format(when=date_format(counted_at, "j M Y, H:i"))


def percent(share: int, total: int) -> str:
    return f"{round(100 * share / total) if total else 0} %"
