"""What the worker does every minute, for cron and for upgrades."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services import adopting, sealing
from audit.services.hashing import crew


class Command(BaseCommand):
    help = "Seal what is new in the audit log. Safe to run at any time, twice at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--adopt",
            action="store_true",
            help=(
                "Take over sealed entries that this program did not write, after an upgrade or an "
                "import. Changing one later still shows."
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = None
        with suppress(KeyboardInterrupt), crew() as hashing:
            run = sealing.seal(crew=hashing)
        if run is None:
            raise CommandError(
                "Interrupted: what is sealed stays so, the next run seals the rest.", returncode=130
            )
        self.stdout.write(f"{run.entries} entries sealed in {run.seals} batches.")
        if run.unproven:
            self.stdout.write(
                self.style.WARNING(f"{run.unproven} of them were not written by this program.")
            )
        if options["adopt"]:
            adoption = adopting.adopt()
            self.stdout.write(f"{adoption.entries} foreign entries taken over.")
            sealing.seal()
