import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.common.ids


def _grant(holder: tuple[str, models.Field]) -> list[tuple[str, models.Field]]:
    """Both of guardian's tables are alike but for who holds the permission."""
    return [
        (
            "id",
            models.UUIDField(
                default=config.common.ids.uuid7,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("object_pk", models.CharField(max_length=255, verbose_name="object ID")),
        (
            "content_type",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="contenttypes.contenttype"
            ),
        ),
        (
            "permission",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.permission"),
        ),
        holder,
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("rbac", "0001_roles_and_assignments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonGrant",
            fields=_grant(
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                )
            ),
            options={
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["content_type", "object_pk"], name="grant_on_person")
                ],
                "unique_together": {("user", "permission", "object_pk")},
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=_grant(
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="rbac.role"),
                )
            ),
            options={
                "abstract": False,
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["content_type", "object_pk"], name="role_grant_on_person")
                ],
                "unique_together": {("group", "permission", "object_pk")},
            },
        ),
    ]
