import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def _person() -> models.Field:
    """Not held by the database: an entry outlives the account that it names."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("action", models.CharField(max_length=40)),
                ("resource", models.CharField(max_length=40)),
                ("resource_id", models.CharField(blank=True, default="", max_length=64)),
                ("details", models.JSONField(blank=True, default=dict)),
                ("ip_address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, default="", max_length=512)),
                ("request_id", models.CharField(blank=True, default="", max_length=128)),
                ("timestamp", models.DateTimeField(default=django.utils.timezone.now)),
                ("actor", _person()),
                ("impersonating", _person()),
                ("user", _person()),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["user", "id"], name="audit_user"),
                    models.Index(fields=["actor", "id"], name="audit_actor"),
                    models.Index(fields=["action", "id"], name="audit_action"),
                    models.Index(fields=["ip_address", "id"], name="audit_ip"),
                    models.Index(fields=["resource", "resource_id", "id"], name="audit_resource"),
                    models.Index(fields=["timestamp", "id"], name="audit_timestamp"),
                    models.Index(
                        condition=models.Q(impersonating__isnull=False),
                        fields=["impersonating", "id"],
                        name="audit_impersonating",
                    ),
                ],
            },
        ),
    ]
