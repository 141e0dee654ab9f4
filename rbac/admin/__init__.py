"""Roles, who has them, and permissions on single people in the staff site.

Each page does what a call of the API does, under the same permission and through the same service.
"""

from rbac.admin import assignments, grants, matrix, roles

__all__ = ["assignments", "grants", "matrix", "roles"]
