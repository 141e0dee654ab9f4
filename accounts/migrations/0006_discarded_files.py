from __future__ import annotations

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_token_binding_index")]

    operations = [
        migrations.CreateModel(
            name="DiscardedFile",
            fields=[
                ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("discarded_at", models.DateTimeField(default=timezone.now, editable=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, default="", max_length=100)),
            ],
            options={"default_permissions": ()},
        ),
    ]
