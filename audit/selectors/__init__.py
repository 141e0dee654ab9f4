"""Reads that several doors share."""

from audit.selectors.figures import unsealed
from audit.selectors.history import about, naming, own_history, recent_history

__all__ = ["about", "naming", "own_history", "recent_history", "unsealed"]
