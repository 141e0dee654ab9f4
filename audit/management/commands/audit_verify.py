"""Check that nobody changed the log behind the program's back."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services.chain import Head
from audit.services.hashing import crew
from audit.services.verifying import Report, verify


class Command(BaseCommand):
    help = (
        "Check every entry of the audit log against its seal, and the seals themselves. "
        "Exits 1 and names the first entry that was changed, added or removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            metavar="N:HASH",
            help="A seal that was kept elsewhere, as each sealing logs it: it has to be there.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        head = _head(options["head"]) if options["head"] else None
        is_watched = sys.stderr.isatty()
        report = None
        with suppress(KeyboardInterrupt), crew() as hashing:
            said = self._bar if is_watched else _nothing
            report = verify(head=head, crew=hashing, said=said)
        if is_watched:
            self.stderr.write("")
        if report is None:
            raise CommandError("Interrupted: the log was not checked to its end.", returncode=130)
        if report.finding is not None:
            raise CommandError(report.finding.text)
        self.stdout.write(self.style.SUCCESS(_summary(report)))

    def _bar(self, what: str, count: int) -> None:
        # As it is: the console's own style for this stream is that of errors.
        self.stderr.write(f"\r{count:>12,} {what:<8}", style_func=str, ending="")
        self.stderr.flush()


def _nothing(_what: str, _count: int) -> None:
    pass


def _head(text: str) -> Head:
    found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text.lower())
    if found is None:
        raise CommandError("--head: say N:HASH, a number and 64 hexadecimal digits.")
    return Head(int(found[1]), found[2])


def _summary(report: Report) -> str:
    head = f"head {report.head.number}:{report.head.hash}" if report.head else "no seal yet"
    adopted = f", {report.adopted} of them taken over" if report.adopted else ""
    return (
        f"Nothing was tampered with. {report.entries} sealed entries{adopted}, "
        f"{report.waiting} wait to be sealed; {head}"
    )
