"""Bring people along from another program."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.services.importing import Refusal, Run, import_people
from accounts.services.importing.reading import FIELDS
from config.common.request_meta import RequestMeta

SHOWN: Final = 20  # refusals that are printed; all of them go to --refused
WIDTH: Final = 40
MOST_CHARACTERS: Final = 65_536  # of a line


class Command(BaseCommand):
    help = (
        "Import people from a CSV file with a header or from JSON lines. Can be run again: who is "
        "there already is left as they are. Exits 1 where a line was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help=f"….csv or ….jsonl. Fields: {', '.join(FIELDS)}"
        )
        parser.add_argument("--check", action="store_true", help="Only say what would happen.")
        parser.add_argument(
            "--refused", type=Path, metavar="FILE", help="Write refused lines there, with reasons."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.suffix not in {".csv", ".jsonl"}:
            raise CommandError("The name of the file has to end in .csv or .jsonl.")
        with ExitStack() as stack:
            source = stack.enter_context(_opened(path))
            self._said = 0
            self._refused = None
            if options["refused"]:
                self._refused = stack.enter_context(options["refused"].open("w", encoding="utf-8"))
            if options["check"]:
                stack.enter_context(transaction.atomic())
            run = self._import(source, path)
            if options["check"]:
                transaction.set_rollback(True)
        if sys.stderr.isatty():
            self.stderr.write("")
        word = "would be imported" if options["check"] else "imported"
        self.stdout.write(f"{run.stored:,} {word}, {run.known:,} there already.")
        if run.refused:
            raise CommandError(f"{run.refused:,} lines refused.")

    def _import(self, source: TextIO, path: Path) -> Run:
        run = Run()
        total = path.stat().st_size
        lines = _csv(source) if path.suffix == ".csv" else _jsonl(source)
        for run in import_people(lines, said=self._tell, meta=RequestMeta()):
            if sys.stderr.isatty():
                full = min(WIDTH, WIDTH * source.buffer.tell() // max(1, total))
                bar = f"[{'█' * full}{' ' * (WIDTH - full)}]"
                self.stderr.write(f"\r{bar} {run.stored:,} people", ending="")
        return run

    def _tell(self, refusal: Refusal) -> None:
        text = f"line {refusal.number}: {'; '.join(refusal.faults)}"
        self._said += 1
        if self._said <= SHOWN:
            self.stderr.write(text)
        elif self._said == SHOWN + 1:
            self.stderr.write("… and more" + ("" if self._refused else "; --refused has them all"))
        if self._refused:
            self._refused.write(f"{text}\n")


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _csv(source: TextIO) -> Iterator[tuple[int, Any]]:
    """The header's line is line 1. Raises CommandError for columns that nothing is known of."""
    csv.field_size_limit(MOST_CHARACTERS)
    reader = csv.DictReader(_decoded(source), strict=True, restkey="(too many values)")
    try:
        names = reader.fieldnames or []
        unknown = sorted(set(names) - set(FIELDS))
        if unknown or "email" not in names or "username" not in names:
            raise CommandError(
                "The first line has to name the columns, email and username among them"
                + (f"; nothing is known of: {', '.join(unknown)}." if unknown else ".")
            )
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise CommandError(f"Line {reader.line_num}: {error}.") from error


def _jsonl(source: TextIO) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(_decoded(source), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                # Refused like any other line that is wrong.
                yield number, None


def _decoded(source: TextIO) -> Iterator[str]:
    try:
        yield from iter(source.readline, "")
    except UnicodeDecodeError as error:
        raise CommandError("The file is not in UTF-8.") from error
