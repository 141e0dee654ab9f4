from typing import Any

from django.db import migrations, models

# Each filter's index ends in the time now, not in the key alone: a range of time is then a range
# of every one of them. What an index of the same name was is dropped first.
CHANGED = {
    "audit_user": ["user", "timestamp", "id"],
    "audit_actor": ["actor", "timestamp", "id"],
    "audit_action": ["action", "timestamp", "id"],
    "audit_ip": ["ip_address", "timestamp", "id"],
    "audit_resource": ["resource", "timestamp", "id"],
}
ADDED = {
    "audit_resource_id": ["resource_id", "timestamp", "id"],
    "audit_request": ["request_id"],
}

# An id names its resource, so asking for both finds what asking for the id alone does. Without
# being told, the planner takes the two for independent, expects few rows and sorts them all.
STATISTICS = """
    CREATE STATISTICS audit_things (dependencies) ON resource, resource_id FROM audit_auditentry
"""


def _index(name: str, fields: list[str]) -> migrations.AddIndex:
    return migrations.AddIndex("auditentry", models.Index(fields=fields, name=name))


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(STATISTICS)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP STATISTICS audit_things")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_written_in"),
    ]

    operations = [
        *(migrations.RemoveIndex("auditentry", name) for name in CHANGED),
        migrations.RemoveIndex("auditentry", "audit_impersonating"),
        *(_index(name, fields) for name, fields in {**CHANGED, **ADDED}.items()),
        migrations.AddIndex(
            "auditentry",
            models.Index(
                fields=["impersonating", "timestamp", "id"],
                name="audit_impersonating",
                condition=models.Q(impersonating__isnull=False),
            ),
        ),
        migrations.RunPython(forwards, backwards),
    ]
