"""Invented people to look around with. Production does not know this command."""

from __future__ import annotations

import secrets
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from accounts.demo import filling
from accounts.demo.people import CHIEF, COUNT, DOMAIN
from accounts.demo.story import Said
from accounts.services import policy
from accounts.validators import password_faults

WIDTH = 30


class Command(BaseCommand):
    help = (
        f"Fill in {COUNT} invented people with roles, sessions, second factors and three months "
        "of activity. All or nothing; there is only one such crowd. Never in production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="Another one: other people.")
        parser.add_argument("--password", help="Everybody's; made up and shown if left out.")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--again", action="store_true", help="Remove them first, and fill in new ones."
        )
        which.add_argument(
            "--remove",
            action="store_true",
            help="Erase them. The log keeps what happened, without anything personal.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.APP_ENV == "production":
            raise CommandError("Not in production: these people could sign in.")
        there = filling.present().count()
        if options["remove"] or options["again"]:
            self._remove(there)
        elif there:
            self.stdout.write(
                f"{there} invented people are there already. --again makes new ones, "
                "--remove takes them out."
            )
            return
        if not options["remove"]:
            self._fill(options["seed"], options["password"])

    def _remove(self, there: int) -> None:
        if there and filling.is_last_admin():
            raise CommandError(
                "There is no other admin, and the last one stays: make one first, with "
                "manage.py createsuperuser."
            )
        gone = filling.remove(self._bar())
        self._end()
        self.stdout.write(f"{gone} invented people are gone.")

    def _fill(self, seed: int, given: str | None) -> None:
        begun = time.monotonic()
        password = given or f"{secrets.token_urlsafe(12)}-Aa1"
        faults = password_faults(password, policy=policy.password_policy())
        if faults:
            raise CommandError("--password: " + " ".join(str(one.message) for one in faults))
        bar = self._bar()
        try:
            story = filling.fill(seed=seed, password=password, said=bar)
        except IntegrityError as error:
            raise CommandError(
                "Nothing was filled in: somebody else made people at the same moment."
            ) from error
        filling.count(bar)
        self._end()
        write, took = self.stdout.write, time.monotonic() - begun
        made = filling.present().count()
        what = f"{len(story.sessions):,} sessions and {len(story.entries):,} audit entries"
        write(self.style.SUCCESS(f"{made} invented people, {what} in {took:.0f} s."))
        write(f"Sign in at {settings.PUBLIC_URL}/login as {CHIEF} <admin@{DOMAIN}>, an admin.")
        if given is None:
            write(self.style.WARNING(f"Everybody's password, shown this once: {password}"))

    def _bar(self) -> Said:
        return self._draw if sys.stderr.isatty() else _nothing

    def _draw(self, what: str, done: int, total: int) -> None:
        full = WIDTH * done // max(1, total)
        self.stderr.write(f"\r\033[K[{'█' * full}{' ' * (WIDTH - full)}] {what}", ending="")
        self.stderr.flush()

    def _end(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")


def _nothing(_what: str, _done: int, _total: int) -> None:
    """Where nobody looks, there is no bar."""
