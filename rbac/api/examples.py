"""What the documents show."""

from __future__ import annotations

from typing import Any, Final

TIME: Final = "2026-11-23T10:00:00.000Z"
ROLE_ID: Final = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
USER_ID: Final = "019aaf42-7d10-7c11-8a52-5b1f0e9d3c47"
OTHER_ID: Final = "019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593"

ROLE: Final[dict[str, Any]] = {
    "id": ROLE_ID,
    "name": "moderator",
    "description": "Sees and edits users, reads the audit log",
    "permissions": ["USER_READ", "USER_UPDATE", "AUDIT_READ"],
    "isSystem": True,
    "userCount": 12,
    "createdAt": TIME,
    "updatedAt": TIME,
}
ASSIGNMENT: Final[dict[str, Any]] = {
    "userId": USER_ID,
    "roleId": ROLE_ID,
    "role": "moderator",
    "expiresAt": None,
    "assignedAt": TIME,
}
GRANT: Final[dict[str, Any]] = {
    "id": "019aaf43-1b2c-7d3e-9f40-a1b2c3d4e5f6",
    "permission": "USER_MANAGE",
    "on": OTHER_ID,
}
