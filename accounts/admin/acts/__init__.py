"""All that staff can do to somebody, in the order of their menus."""

from typing import Final

from accounts.admin.acts import access, credentials, devices, removal, roles
from accounts.admin.acts.base import Act

_ALL: Final[tuple[type[Act], ...]] = (
    access.Suspend,
    access.Reactivate,
    access.Unlock,
    access.VerifyEmail,
    credentials.ResendInvitation,
    credentials.ResetPassword,
    credentials.LendPassword,
    credentials.RemoveFactor,
    devices.SignOut,
    devices.SignOutEverywhere,
    roles.AssignRole,
    roles.RemoveRole,
    roles.Grant,
    roles.Revoke,
    access.Restore,
    removal.Delete,
    removal.Erase,
)
__all__ = ["ACTS", "MANY", "Act"]

ACTS: Final[dict[str, Act]] = {act.name: act() for act in _ALL}
MANY: Final = tuple(act for act in ACTS.values() if not act.alone)
