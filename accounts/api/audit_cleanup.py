"""Taking old audit entries out. Here, since the policy's days are this app's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.services import policy
from audit.errors import RetentionPolicy
from audit.services import retention
from config.common.api.operations import operation
from config.common.api.serializers import Flag, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.request_meta import RequestMeta

SECONDS = 20  # of work in one request; proxies give up after thirty and more


class CleanupInput(WireSerializer):
    retention_days = serializers.IntegerField(
        required=False, min_value=1, max_value=36_500, help_text="The policy's if left out."
    )
    force = Flag(required=False, help_text="Also fewer days than the policy's.")


class CleanupAnswer(WireSerializer):
    deleted_count = serializers.IntegerField()
    more = serializers.BooleanField(
        help_text="One call works for twenty seconds. True: call again for the rest."
    )


class AuditCleanupViewSet(ApiViewSet):
    @operation(
        "Take old audit entries out",
        description=(
            "Entries older than `retentionDays`, in small steps that nobody waits for; sealed "
            "ones a whole batch at a time, once all of it is old enough. The cleanup is an entry "
            "itself, and no cleanup takes those. The worker does the same every hour with the "
            "policy's days."
        ),
        permission="rbac.system_manage",
        body=CleanupInput,
        body_example={"retentionDays": 365},
        answer=CleanupAnswer,
        example={"deletedCount": 1200, "more": False},
        errors=(RetentionPolicy,),
    )
    def clean_up(self, request: ApiRequest) -> Response:
        given = self.valid(CleanupInput, request.data)
        policy_days = policy.audit_retention_days()
        done = retention.clean_up(
            days=given.get("retention_days", policy_days),
            policy_days=policy_days,
            force=given.get("force", False),
            by=request.user,
            meta=RequestMeta.of(request),
            seconds=SECONDS,
        )
        return answer({"deletedCount": done.deleted, "more": done.more}, _("Cleaned up."))
