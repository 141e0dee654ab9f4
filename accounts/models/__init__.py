"""The rows that say who somebody is."""

from accounts.models.discarded_file import DiscardedFile
from accounts.models.figure import Figure
from accounts.models.lock import AccountLock, RateCount
from accounts.models.profile import Profile
from accounts.models.session import Session
from accounts.models.setting import Setting
from accounts.models.tasks import PeriodicTask
from accounts.models.token import OneTimeToken, Purpose
from accounts.models.trusted_device import TrustedDevice
from accounts.models.two_factor import BackupCode, BackupCodeDevice, TotpDevice
from accounts.models.user import PasswordRecord, User, UsernameHold

__all__ = [
    "AccountLock",
    "BackupCode",
    "BackupCodeDevice",
    "DiscardedFile",
    "Figure",
    "OneTimeToken",
    "PasswordRecord",
    "PeriodicTask",
    "Profile",
    "Purpose",
    "RateCount",
    "Session",
    "Setting",
    "TotpDevice",
    "TrustedDevice",
    "User",
    "UsernameHold",
]
