"""The accounts' part of the staff site. Importing a module of it puts its pages there."""

from accounts.admin import settings

__all__ = ["settings"]
