"""People from another program: `reading.py` says what a line may hold, `storing.py` stores it."""

from accounts.services.importing.storing import Refusal, Run, import_people

__all__ = ["Refusal", "Run", "import_people"]
