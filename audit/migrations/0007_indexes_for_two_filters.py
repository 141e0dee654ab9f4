from typing import Any

from django.db import migrations, models

# What stands behind the key: who asks for a person and an action finds both in the person's index.
CHANGED = {
    "audit_user": ["user", "timestamp", "id", "action", "resource"],
    "audit_actor": ["actor", "timestamp", "id", "action", "resource"],
    "audit_ip": ["ip_address", "timestamp", "id", "action", "resource"],
    "audit_action": ["action", "timestamp", "id", "resource"],
}

# The index of the whole log, in an order that no filter's entries are asked for in: the planner
# walks along it else, over all that is newer than the first match. SQLite does not.
MADE = "CREATE INDEX audit_timestamp ON audit_auditentry "
OF_ITS_OWN = MADE + "(timestamp DESC NULLS LAST, id DESC NULLS LAST)"
PLAIN = MADE + "(timestamp, id)"


def forwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX audit_timestamp")
        schema_editor.execute(OF_ITS_OWN)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX audit_timestamp")
        schema_editor.execute(PLAIN)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_names_for_people"),
    ]

    operations = [
        *(migrations.RemoveIndex("auditentry", name) for name in CHANGED),
        *(
            migrations.AddIndex("auditentry", models.Index(fields=fields, name=name))
            for name, fields in CHANGED.items()
        ),
        migrations.RunPython(forwards, backwards),
    ]
