from typing import Any

from django.db import migrations

# Which transaction wrote the entry. In the table only, not in the model: an INSERT through Django
# leaves it to the default, and only sealing asks for it. A block-range index: nothing for writers
# to keep up, and what is newest stands together. (As a bigint: there is none for xid8.)
FORWARDS = """
    ALTER TABLE audit_auditentry
        ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
    CREATE INDEX audit_written_in ON audit_auditentry
        USING brin (written_in) WITH (pages_per_range = 32);
"""
BACKWARDS = "ALTER TABLE audit_auditentry DROP COLUMN written_in"

# Adding the column with its default gave all entries that were there one salt in common.
SALTS = "UPDATE audit_auditentry SET salt = gen_random_uuid()"
SALTS_SQLITE = "UPDATE audit_auditentry SET salt = lower(hex(randomblob(16)))"


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SALTS)
        schema_editor.execute(FORWARDS)
    else:
        schema_editor.execute(SALTS_SQLITE)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACKWARDS)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_seals_and_counts")]

    operations = [migrations.RunPython(forwards, backwards)]
