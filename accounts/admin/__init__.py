"""The accounts' part of the staff site. Importing a module of it puts its pages there.

People begin in `users.py`; what staff can do to somebody stands in `acts/`, one class each.
"""

from accounts.admin import sessions, settings, users

__all__ = ["sessions", "settings", "users"]
