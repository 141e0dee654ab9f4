import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# The account's own time, which the new column is a copy of.
COPY = """
    UPDATE rbac_roleassignment SET user_created_at = (
        SELECT created_at FROM accounts_user WHERE accounts_user.id = rbac_roleassignment.user_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rbac", "0002_person_grants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="role",
            name="holders",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="roleassignment",
            name="user_created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="roleassignment",
            index=models.Index(
                fields=["role", "-user_created_at", "-user"], name="assignment_by_created"
            ),
        ),
    ]
