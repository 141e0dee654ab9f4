"""The second factor, as far as other stories need it."""

from __future__ import annotations

from accounts.errors import InvalidCode, TwoFactorRequired
from accounts.models import User
from config.common.request_meta import RequestMeta


def prove(user: User, code: str, *, meta: RequestMeta) -> None:
    """A code of this person's, spent. Raises TwoFactorRequired without one, InvalidCode."""
    if not code:
        raise TwoFactorRequired
    raise InvalidCode
