"""Numbers about everybody, for staff."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.response import Response

from accounts.services import figures
from audit.kinds import Action
from audit.selectors.figures import figures as log_figures
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from rbac.models import Role
from rbac.permissions import Permission

LOGIN_DAYS = 30


class PeopleFigures(WireSerializer):
    total = serializers.IntegerField()
    active = serializers.IntegerField(help_text="May sign in.")
    verified = serializers.IntegerField()
    new_this_week = serializers.IntegerField()
    suspended = serializers.IntegerField()
    locked = serializers.IntegerField(help_text="For everyone, or the password is off.")
    deleted = serializers.IntegerField(help_text="And not erased yet.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "with2FA": serializers.IntegerField()}


class SessionFigures(WireSerializer):
    active = serializers.IntegerField()


class RoleFigures(WireSerializer):
    total = serializers.IntegerField()


class DashboardAnswer(WireSerializer):
    users = PeopleFigures()
    sessions = SessionFigures()
    roles = RoleFigures()


class VerifiedFigures(WireSerializer):
    total = serializers.IntegerField()
    verified = serializers.IntegerField()
    verification_rate = serializers.CharField(help_text="Of a hundred: `97.1%`.")


class ActivityFigures(WireSerializer):
    active_today = serializers.IntegerField(help_text="By last activity, since midnight UTC.")
    active_week = serializers.IntegerField()
    active_month = serializers.IntegerField()


class GrowthFigures(WireSerializer):
    new_users_today = serializers.IntegerField()
    new_users_week = serializers.IntegerField()


class LoginFigures(WireSerializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        return {"last30Days": serializers.IntegerField()}


class AnalyticsAnswer(WireSerializer):
    users = VerifiedFigures()
    activity = ActivityFigures()
    growth = GrowthFigures()
    logins = LoginFigures()


class FiguresViewSet(ApiViewSet):
    @operation(
        "Dashboard",
        description="Exact up to 10,000 people, a minute old at most beyond that.",
        permission=Permission.ADMIN_ACCESS.perm,
        answer=DashboardAnswer,
        example={
            "users": {
                "total": 1204,
                "active": 1188,
                "verified": 1169,
                "newThisWeek": 31,
                "suspended": 4,
                "locked": 1,
                "deleted": 9,
                "with2FA": 411,
            },
            "sessions": {"active": 1533},
            "roles": {"total": 3},
        },
    )
    def dashboard(self, request: ApiRequest) -> Response:
        found = figures.people()
        names = ("total", "active", "verified", "with2FA", "newThisWeek", "suspended", "locked")
        return answer(
            {
                "users": {name: found[name] for name in (*names, "deleted")},
                "sessions": {"active": found["sessions"]},
                "roles": {"total": Role.objects.count()},
            }
        )

    @operation(
        "Analytics",
        description="As old as the dashboard. Active: by last activity, today and the six or 29 "
        "days before it (UTC).",
        permission=Permission.AUDIT_READ.perm,
        answer=AnalyticsAnswer,
        example={
            "users": {"total": 1204, "verified": 1169, "verificationRate": "97.1%"},
            "activity": {"activeToday": 212, "activeWeek": 640, "activeMonth": 1011},
            "growth": {"newUsersToday": 5, "newUsersWeek": 31},
            "logins": {"last30Days": 4120},
        },
    )
    def analytics(self, request: ApiRequest) -> Response:
        found = figures.people()
        share = 100 * found["verified"] / found["total"] if found["total"] else 0.0
        logins = dict(log_figures(LOGIN_DAYS).by_action).get(Action.USER_LOGIN.value, 0)
        return answer(
            {
                "users": {
                    "total": found["total"],
                    "verified": found["verified"],
                    "verificationRate": f"{share:.1f}%",
                },
                "activity": {
                    name: found[name] for name in ("activeToday", "activeWeek", "activeMonth")
                },
                "growth": {
                    "newUsersToday": found["newToday"],
                    "newUsersWeek": found["newThisWeek"],
                },
                "logins": {"last30Days": logins},
            }
        )
