from __future__ import annotations

import json

import pytest
from django.core.management import call_command


@pytest.fixture
def run(tmp_path, capsys):
    def _run(*lines, name="people.jsonl", **options):
        path = tmp_path / name
        path.write_text(
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        )
        call_command("import_users", str(path), **options)
        return capsys.readouterr()

    return _run
