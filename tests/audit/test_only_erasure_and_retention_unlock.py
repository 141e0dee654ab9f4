from pathlib import Path

import audit

HOUSE = Path(audit.__file__).parent.parent
ALLOWED = {"audit/services/erasure.py", "audit/services/retention.py"}
APPS = ("accounts", "rbac", "audit", "notifications", "config")


def test_nobody_else_opens_the_log_for_editing():
    opened = {
        str(path.relative_to(HOUSE))
        for app in APPS
        for path in (HOUSE / app).rglob("*.py")
        if "AuditEntry.unlocked" in path.read_text()
        or "AuditEntry._base_manager" in path.read_text()
    }

    assert opened <= ALLOWED
