from typing import Any

import django.utils.timezone
from django.db import migrations, models

import config.common.ids

# Block ranges that nobody summarised are read whole by who asks for the newest entries.
SUMMARISED = "ALTER INDEX audit_written_in SET (autosummarize = on)"
PLAIN = "ALTER INDEX audit_written_in RESET (autosummarize)"


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SUMMARISED)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(PLAIN)


class Migration(migrations.Migration):
    """Made anew: nothing could write either table before."""

    dependencies = [
        ("audit", "0004_indexes_end_in_time"),
    ]

    operations = [
        migrations.DeleteModel(name="Blanking"),
        migrations.DeleteModel(name="Seal"),
        migrations.CreateModel(
            name="Blanking",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.common.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("pseudonym", models.CharField(max_length=40)),
                ("ids", models.BinaryField()),
                ("states", models.BinaryField()),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.BinaryField(max_length=64)),
                ("blanked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("ids", models.BinaryField()),
                ("leaves", models.BinaryField()),
                ("ids_hash", models.BinaryField(max_length=32)),
                ("root", models.BinaryField(max_length=32)),
                ("previous", models.BinaryField(max_length=32)),
                ("unproven", models.JSONField(default=list)),
                ("newest", models.DateTimeField()),
                ("position", models.JSONField()),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.BinaryField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("retirement", models.JSONField(null=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("retired_at", None)),
                        fields=["newest"],
                        name="seal_newest",
                    ),
                    models.Index(
                        condition=models.Q(("retired_at__isnull", False)),
                        fields=["newest"],
                        name="seal_retired",
                    ),
                    models.Index(fields=["first_id"], name="seal_first"),
                    models.Index(fields=["last_id"], name="seal_last"),
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
