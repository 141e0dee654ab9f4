from typing import Any

from django.db import migrations, models

# Most people are active and confirmed, which is 8: theirs are right from the start.
COPY = """
    UPDATE rbac_roleassignment SET user_facet = accounts_user.facet FROM accounts_user
    WHERE accounts_user.id = rbac_roleassignment.user_id AND user_facet <> accounts_user.facet
"""
# A new row waits for whoever is changing the person: it would carry what they were before.
# (SQLite's triggers are no migration: `services/facets.py`.)
TRIGGERS = """
    CREATE FUNCTION facet_of_holder() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.user_facet := coalesce(
            (SELECT facet FROM accounts_user WHERE id = NEW.user_id FOR SHARE), NEW.user_facet);
        RETURN NEW;
    END $$;
    CREATE TRIGGER facet_of_holder BEFORE INSERT ON rbac_roleassignment
        FOR EACH ROW EXECUTE FUNCTION facet_of_holder();
    CREATE FUNCTION facet_to_roles() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE rbac_roleassignment SET user_facet = NEW.facet WHERE user_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER facet_to_roles AFTER UPDATE ON accounts_user
        FOR EACH ROW WHEN (OLD.facet IS DISTINCT FROM NEW.facet)
        EXECUTE FUNCTION facet_to_roles()
"""
UNDONE = """
    DROP TRIGGER facet_of_holder ON rbac_roleassignment;
    DROP FUNCTION facet_of_holder;
    DROP TRIGGER facet_to_roles ON accounts_user;
    DROP FUNCTION facet_to_roles
"""


def forwards(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(COPY)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGGERS)


def backwards(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UNDONE)
    else:
        schema_editor.execute("DROP TRIGGER IF EXISTS facet_of_holder")
        schema_editor.execute("DROP TRIGGER IF EXISTS facet_to_roles")


class Migration(migrations.Migration):
    dependencies = [
        ("rbac", "0004_names_for_people"),
        ("accounts", "0008_directory"),
    ]

    operations = [
        migrations.AddField(
            model_name="roleassignment",
            name="user_facet",
            field=models.SmallIntegerField(default=8, editable=False),
        ),
        migrations.RunPython(forwards, backwards),
        migrations.AddIndex(
            model_name="roleassignment",
            index=models.Index(
                fields=["role", "user_facet", "-user_created_at", "-user"],
                name="assignment_by_facet",
            ),
        ),
    ]
