"""Everything a database needs before the program can serve: tables, roles, a first admin."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connection, transaction

from accounts.models import Purpose, User
from accounts.services import one_time, registration
from config import env
from notifications.services import email
from rbac.models import RoleAssignment
from rbac.permissions import ADMIN
from rbac.services import builtin
from rbac.services.last_admin import admin_lock

# Any number will do, as long as everybody takes the same.
MIGRATION_LOCK = 7_308_616_114_411


class Command(BaseCommand):
    help = "Migrations, default roles, first admin. Safe to run again, safe to run twice at once."

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate(options["verbosity"])
        self.stdout.write("The database is up to date.")
        builtin.ensure()
        self._first_admin()

    def _migrate(self, verbosity: int) -> None:
        """Two at once would both find a table missing: the second waits, and finds it there."""
        is_postgres = connection.vendor == "postgresql"
        if is_postgres:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            # The password that may follow should not drown in forty lines of migrations.
            call_command("migrate", interactive=False, verbosity=verbosity if verbosity > 1 else 0)
        finally:
            if is_postgres:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])

    def _first_admin(self) -> None:
        try:
            with transaction.atomic():
                admin_lock()
                if RoleAssignment.objects.live().filter(role__name=ADMIN).exists():
                    self.stdout.write("There is an admin already.")
                    return
                # Asked for only now: the file may be gone once it has been of use.
                password, is_made = self._password()
                user = registration.create_admin(
                    email=settings.ADMIN_EMAIL,
                    username=settings.ADMIN_USERNAME,
                    password=password,
                )
                if password is None:
                    self._mail_link(user)
        except ValidationError as error:
            raise CommandError(
                "ADMIN_EMAIL, ADMIN_USERNAME or ADMIN_PASSWORD: " + " ".join(error.messages)
            ) from error
        except IntegrityError as error:
            raise CommandError(
                f"{settings.ADMIN_EMAIL} or {settings.ADMIN_USERNAME} is taken by somebody who is "
                "no admin. Choose another ADMIN_EMAIL and ADMIN_USERNAME."
            ) from error
        self._tell(user, password if is_made else None)

    @staticmethod
    def _password() -> tuple[str | None, bool]:
        """The first admin's password, and whether it was made up here."""
        file = env.text("ADMIN_PASSWORD_FILE")
        if file:
            try:
                return Path(file).read_text().rstrip("\r\n"), False
            except (OSError, UnicodeError) as error:
                raise CommandError(f"ADMIN_PASSWORD_FILE: {error}.") from error
        if env.text("ADMIN_PASSWORD"):
            return env.text("ADMIN_PASSWORD"), False
        if settings.APP_ENV == "production":
            return None, False
        return f"{secrets.token_urlsafe(15)}-Aa1", True

    @staticmethod
    def _mail_link(user: User) -> None:
        token = one_time.issue(user, Purpose.INVITATION, binding=user.email)
        email.invitation(user, token=token, invited_by=settings.BRAND_NAME)

    def _tell(self, user: User, password: str | None) -> None:
        write = self.stdout.write
        write(self.style.SUCCESS(f"First admin: {user.username} <{user.email}>"))
        if password:
            write(self.style.WARNING(f"Password, shown this once: {password}"))
        elif not user.has_usable_password():
            write("A link to set a password has been mailed.")
