"""Everything encrypted, under the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model, TextField, Value
from django.db.models.functions import Cast

from config.common.crypto import EncryptedJSONField, cipher

STEP = 500


class Command(BaseCommand):
    help = "Re-encrypt stored values under the first key; older keys can be dropped afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for model in apps.get_models():
            for field in model._meta.get_fields():  # noqa: SLF001
                if isinstance(field, EncryptedJSONField):
                    total += self._rotate(model, field.name)
        self.stdout.write(self.style.SUCCESS(f"{total} values re-encrypted."))

    def _rotate(self, model: type[Model], name: str) -> int:
        """Each value by a statement conditional on it: a change in between wins."""
        label = f"{model._meta.label}.{name}"  # noqa: SLF001
        rows = model._default_manager.exclude(**{name: None}).annotate(  # noqa: SLF001
            raw=Cast(name, TextField())
        )
        count, last = rows.count(), None
        done = 0
        while True:
            page = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
            batch = list(page.values_list("pk", "raw")[:STEP])
            if not batch:
                break
            for key, raw in batch:
                try:
                    fresh = cipher().rotate(raw.encode()).decode()
                except InvalidToken as error:
                    raise CommandError(f"{label}: no listed key decrypts row {key}.") from error
                rows.filter(pk=key, raw=raw).update(
                    **{name: Value(fresh, output_field=TextField())}
                )
                done += 1
            last = batch[-1][0]
            self.stdout.write(f"\r{label}: {done} of {count}", ending="")
        if done:
            self.stdout.write("")
        return done
