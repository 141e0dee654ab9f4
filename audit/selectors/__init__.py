"""Reads that several doors share."""

from audit.selectors.history import about, naming, own_history, recent_history
from audit.selectors.sealed import unsealed

__all__ = ["about", "naming", "own_history", "recent_history", "unsealed"]
