"""Write a proof for one entry, to be checked by somebody who has nothing of this program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services.proofs import prove
from config.common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Write a proof that an entry stands in the log as it was sealed. "
        "static/tools/check_audit_proof.py checks it, offline."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="The entry's.")
        parser.add_argument("--out", type=Path, help="A file; left out, it goes to the console.")
        parser.add_argument(
            "--to",
            type=int,
            metavar="N",
            help="With the seals up to number N, whose hash somebody knows.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proof = prove(options["id"], to=options["to"])
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        text = json.dumps(proof, ensure_ascii=False, indent=2)
        if options["out"]:
            try:
                options["out"].write_text(f"{text}\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{options['out']}: {error.strerror}.") from error
            self.stdout.write(self.style.SUCCESS(f"Written to {options['out']}."))
        else:
            self.stdout.write(text)
