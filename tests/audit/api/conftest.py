"""A third party, who has what is published and nothing of this program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from config.env import BASE_DIR

SCRIPT = BASE_DIR / "static" / "tools" / "check_audit_proof.py"


@pytest.fixture
def checker(tmp_path, api):
    """Somebody with a proof, the published keys and the published script."""
    keys = tmp_path / "keys.json"
    keys.write_bytes(api.get("/.well-known/audit-keys.json").content)

    def check(proof, *options, given=("--keys", str(keys))):
        file = tmp_path / "proof.json"
        file.write_text(proof if isinstance(proof, str) else json.dumps(proof))
        # -I: nothing of this program, or of where it lies, can be imported.
        command = [sys.executable, "-I", str(SCRIPT), str(file), *given, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done

    return check
