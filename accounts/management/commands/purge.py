"""What the worker does every hour, for cron."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.purge import purge


class Command(BaseCommand):
    help = "Take out spent tokens, dead sessions and old counts. Safe to run twice at once."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = purge(said=lambda what, count: self.stdout.write(f"{count:>8}  {what}"))
        self.stdout.write(self.style.SUCCESS(f"{sum(gone.values())} rows taken out."))
