"""The rows that say who somebody is."""

from accounts.models.lock import AccountLock, RateCount
from accounts.models.profile import Profile
from accounts.models.session import Session
from accounts.models.tasks import PeriodicTask
from accounts.models.token import OneTimeToken, Purpose
from accounts.models.user import PasswordRecord, User, UsernameHold

__all__ = [
    "AccountLock",
    "OneTimeToken",
    "PasswordRecord",
    "PeriodicTask",
    "Profile",
    "Purpose",
    "RateCount",
    "Session",
    "User",
    "UsernameHold",
]
