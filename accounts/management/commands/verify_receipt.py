"""Check a receipt for an erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.lifecycle import receipts
from config.common.times import wire

LONGEST = 65_536  # bytes; a receipt has less than one thousand


class Command(BaseCommand):
    help = "Check that a receipt was signed here, and say what it says. Exits 1 where it was not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A file that holds the receipt.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                token = file.read(LONGEST).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        try:
            receipt = receipts.verify(token)
        except receipts.NotGenuine as error:
            raise CommandError("This is no receipt that was signed here.") from error
        self.stdout.write(self.style.SUCCESS(f"Genuine. Erased at {wire(receipt.erased_at)}."))
        for done, counts in (("deleted", receipt.deleted), ("anonymised", receipt.anonymised)):
            for kind, count in counts.items():
                self.stdout.write(f"{count:>8}  {kind} {done}")
