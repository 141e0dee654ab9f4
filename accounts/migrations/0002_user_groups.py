from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_users_sessions_and_tokens"),
        ("rbac", "0002_person_grants"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="groups",
            field=models.ManyToManyField(
                blank=True,
                related_name="users",
                through="rbac.RoleAssignment",
                through_fields=("user", "role"),
                to="rbac.role",
            ),
        ),
    ]
