"""The log in the staff site: to be read, and to be taken along as a file."""

from audit.admin import entries

__all__ = ["entries"]
