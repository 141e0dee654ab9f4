import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.common.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
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
                ("name", models.CharField(max_length=50, unique=True)),
                ("description", models.CharField(blank=True, default="", max_length=255)),
                ("is_system", models.BooleanField(default=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "permissions",
                    models.ManyToManyField(blank=True, related_name="roles", to="auth.permission"),
                ),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(name__regex=r"\A[a-z_]{3,50}\Z"),
                        name="role_name_is_a_word",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="rbac.role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["role", "user"], name="assignment_holders"),
                    models.Index(
                        condition=models.Q(expires_at__isnull=False),
                        fields=["expires_at"],
                        name="assignment_ends",
                    ),
                    models.Index(
                        condition=models.Q(assigned_by__isnull=False),
                        fields=["assigned_by"],
                        name="assignment_given_by",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "role"), name="role_once_a_person"),
                ],
            },
        ),
    ]
