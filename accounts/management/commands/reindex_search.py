"""Rebuild what the staff search looks through."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import search_index

WIDTH = 40


class Command(BaseCommand):
    help = "Fold all names and addresses anew for the search. Safe while the program runs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        changed = search_index.rebuild(said=self._bar if sys.stderr.isatty() else _nothing)
        if sys.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(f"Search is rebuilt; accounts with an outdated text: {changed}.")

    def _bar(self, done: int, total: int) -> None:
        full = WIDTH * done // max(1, total)
        self.stderr.write(
            f"\r[{'█' * full}{' ' * (WIDTH - full)}] {done:,} of {total:,}", ending=""
        )


def _nothing(_done: int, _total: int) -> None:
    """Where nobody looks, there is no bar."""
