from typing import Any

import django.db.models.expressions
from django.db import migrations, models

# One index for all four fields, which `search_text` holds folded and joined. pg_trgm comes with
# PostgreSQL and may be installed by the owner of the database. With the usual hundred samples the
# planner takes every word for a rare one, gathers thousands of matches and sorts them, where
# walking the order would meet a page of them in a millisecond. SQLite's own index is no migration:
# it hangs on triggers, which a later change of the table would drop (`services/search_index.py`).
TRIGRAMS = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX user_search ON accounts_user USING gin (search_text gin_trgm_ops);
    ALTER TABLE accounts_user ALTER COLUMN search_text SET STATISTICS 2000
"""


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGRAMS)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX user_search")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_settings_figures_impersonation"),
        ("rbac", "0003_holders_in_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="facet",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    django.db.models.expressions.CombinedExpression(
                        django.db.models.expressions.CombinedExpression(
                            models.Case(
                                models.When(deleted_at__isnull=False, then=models.Value(2)),
                                models.When(
                                    models.Q(
                                        ("deactivated_at__isnull", False),
                                        ("invited_at__isnull", False),
                                        _connector="OR",
                                    ),
                                    then=models.Value(1),
                                ),
                                default=models.Value(0),
                            ),
                            "+",
                            models.Case(
                                models.When(suspended_at__isnull=False, then=models.Value(4)),
                                default=models.Value(0),
                            ),
                        ),
                        "+",
                        models.Case(
                            models.When(email_verified_at__isnull=False, then=models.Value(8)),
                            default=models.Value(0),
                        ),
                    ),
                    "+",
                    models.Case(
                        models.When(then=models.Value(16), two_factor_enabled_at__isnull=False),
                        default=models.Value(0),
                    ),
                ),
                output_field=models.SmallIntegerField(),
            ),
        ),
        migrations.AddIndex(
            model_name="accountlock",
            index=models.Index(
                condition=models.Q(
                    ("locked_until__isnull", False),
                    ("password_off_at__isnull", False),
                    _connector="OR",
                ),
                fields=["locked_until", "password_off_at"],
                name="lock_for_everyone",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["created_at", "id"], name="user_by_created"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["last_login", "id"], name="user_by_login"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["facet", "created_at", "id"], name="facet_by_created"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["facet", "last_login", "id"], name="facet_by_login"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["facet", "email"], name="facet_by_email"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["facet", "username"], name="facet_by_username"),
        ),
        migrations.RunPython(forwards, backwards),
    ]
