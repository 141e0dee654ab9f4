from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_second_factor")]

    operations = [
        migrations.AddIndex(
            model_name="onetimetoken",
            index=models.Index(fields=["binding"], name="token_binding"),
        ),
    ]
