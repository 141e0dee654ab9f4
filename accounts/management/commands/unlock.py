"""Lift every lock on one account."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from accounts.services import lockout
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta


class Command(BaseCommand):
    help = "Lift the lock on an account, a switched-off password included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Email or username.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.named(options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account called {options['name']}.")
        with transaction.atomic():
            was_locked = lockout.lift(user, password_on=True)
            if was_locked:
                record(
                    Action.ADMIN_UNLOCKED,
                    actor=None,
                    subject=user,
                    meta=RequestMeta(),
                    by="console",
                )
        said = "is unlocked" if was_locked else "was not locked"
        self.stdout.write(self.style.SUCCESS(f"{user.username} {said}."))
