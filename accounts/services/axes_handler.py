"""django-axes with our lockout rule: its signals, admin list and commands, our decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.base import AxesBaseHandler
from axes.models import AccessAttempt, AccessFailureLog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import AccountLock
from accounts.services import lockout
from accounts.services.lockout import Attempt
from config.common.request_meta import network_of


class Handler(AxesBaseHandler):
    """What axes' proxy calls. Decisions and counts are those of `lockout`."""

    def is_allowed(self, request: Any, credentials: Any = None) -> bool:
        attempt = self._attempt(request)
        if attempt is None:
            return False  # No door of ours: Django's own forms cannot be used around the rule.
        attempt.locked_for = lockout.locked_for(attempt)
        return attempt.locked_for is None

    def is_locked(self, request: Any, credentials: Any = None) -> bool:
        return not self.is_allowed(request, credentials)

    def get_failures(self, request: Any, credentials: Any = None) -> int:
        attempt = self._attempt(request)
        if attempt is None:
            return 0
        rows = AccessAttempt.objects.filter(lockout.rows_of(attempt), username=attempt.key)
        counts = [int(row.failures_since_start) for row in rows]
        return max(counts, default=0)

    def user_login_failed(
        self,
        sender: Any,
        credentials: Any,
        request: Any = None,
        **_kwargs: Any,
    ) -> None:
        attempt = self._attempt(request)
        # Failures while locked are neither checked nor counted.
        if attempt is not None and attempt.locked_for is None:
            lockout.count_failure(attempt)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
        attempt = self._attempt(request)
        if attempt is not None:
            lockout.clear_on_success(attempt)

    def user_logged_out(self, sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
        """Sessions tell of that themselves."""

    def post_save_access_attempt(self, instance: Any, **_kwargs: Any) -> None:
        """Nothing is derived from a row."""

    def post_delete_access_attempt(self, instance: Any, **_kwargs: Any) -> None:
        """Deleting a row in the admin is all it takes to lift its lock."""

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        """For axes' own commands: `axes_reset`, `axes_reset_username`, `axes_reset_ip`.

        username: an email serves too, and the key itself, as axes' list shows it.
        """
        by_name = Q(username__in=lockout.keys_of(username)) if username else Q()
        by_address = Q(ip_address=network_of(ip_address) or ip_address) if ip_address else Q()
        wanted = by_name | by_address if ip_or_username else by_name & by_address
        with transaction.atomic():
            deleted, _ = AccessAttempt.objects.filter(wanted).delete()
            if not ip_address:
                locks = AccountLock.objects.all()
                if username:
                    locks = locks.filter(pk__in=lockout.keys_of(username))
                locks.update(failures=0, locks=0, locked_until=None, password_off_at=None)
                # The twenty in an hour are counted in these.
                AccessFailureLog.objects.filter(by_name).delete()
        return int(deleted)

    def reset_logs(self, *, age_days: int | None = None) -> int:
        return 0

    def reset_failure_logs(self, *, age_days: int | None = None) -> int:
        rows = AccessFailureLog.objects.all()
        if age_days is not None:
            rows = rows.filter(attempt_time__lte=timezone.now() - timedelta(days=age_days))
        return int(rows.delete()[0])

    def remove_out_of_limit_failure_logs(self, *, username: str, limit: int | None = None) -> int:
        return 0

    @staticmethod
    def _attempt(request: Any) -> Attempt | None:
        return getattr(request, "attempt", None)
