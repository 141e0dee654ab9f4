"""Policy that staff set while the program runs."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.services import options, settings
from accounts.services.options import Choice, Duration, Flag, Number, Option, Refused
from accounts.services.policy import Source
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.request_meta import RequestMeta

SETTINGS: Final = "rbac.admin_settings"


class OptionField(serializers.Field[Any, Any, Any, Any]):
    """A value that the option itself reads; null sets it back."""

    def __init__(self, option: Option[Any]) -> None:
        super().__init__(required=False, allow_null=True, help_text=str(option.description))
        self.option = option
        # What drf-spectacular reads instead of guessing; importing its decorator is slow.
        self._spectacular_annotation = {"field": _schema_of(option)}

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.option.read(data)
        except Refused as refused:
            raise serializers.ValidationError(str(refused.message), refused.code) from refused


def _schema_of(option: Option[Any]) -> dict[str, Any]:
    """Without null, which is said by the field itself."""
    match option:
        case Flag():
            return {"type": "boolean"}
        case Number():
            return {"type": "integer", **option.bounds()}
        case Choice():
            # In an `anyOf`, beside which null can stand.
            return {"anyOf": [{"type": "string", "enum": list(option.choices)}]}
        case Duration():
            return {"type": "string", "pattern": "^[0-9]{1,6}[smhd]$"}
    raise TypeError(option)


class SettingsInput(WireSerializer):
    registration_open = OptionField(options.REGISTRATION_OPEN)
    require_verified_email = OptionField(options.REQUIRE_VERIFIED_EMAIL)
    password_policy = OptionField(options.PASSWORD_POLICY)
    lockout_threshold = OptionField(options.LOCKOUT_THRESHOLD)
    lockout_duration = OptionField(options.LOCKOUT_DURATION)
    session_lifetime = OptionField(options.SESSION_LIFETIME)
    impersonation_reason_required = OptionField(options.IMPERSONATION_REASON_REQUIRED)
    audit_retention_days = OptionField(options.AUDIT_RETENTION_DAYS)


class Word(serializers.CharField):
    """Always the same one."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._spectacular_annotation = {"field": {"type": "string", "const": word}}


def _one(kind: type[Option[Any]], value: Any, **bounds: Any) -> Any:
    """A setting of this kind. `source` and `default` are words of a serializer's own class."""
    fields = {
        "value": value(help_text="What counts now."),
        "default": value(help_text="What counts once it is set back."),
        "type": Word(kind.kind),
        **bounds,
        "unit": serializers.CharField(
            allow_null=True, help_text="What is counted; of a duration, its letters."
        ),
        "description": serializers.CharField(),
        "source": serializers.ChoiceField(
            [source.value for source in Source], help_text="Who says so: staff, or what?"
        ),
    }
    return type(f"{kind.__name__}SettingAnswer", (WireSerializer,), fields)


FlagAnswer: Any = _one(Flag, serializers.BooleanField)
NumberAnswer: Any = _one(
    Number,
    serializers.IntegerField,
    minimum=serializers.IntegerField(),
    maximum=serializers.IntegerField(),
)
ChoiceAnswer: Any = _one(
    Choice,
    serializers.CharField,
    choices=serializers.ListField(child=serializers.CharField()),
)
DurationAnswer: Any = _one(
    Duration,
    serializers.CharField,
    minimum=serializers.CharField(),
    maximum=serializers.CharField(),
)


class SettingsAnswer(WireSerializer):
    registration_open = FlagAnswer()
    require_verified_email = FlagAnswer()
    password_policy = ChoiceAnswer()
    lockout_threshold = NumberAnswer()
    lockout_duration = DurationAnswer()
    session_lifetime = DurationAnswer()
    impersonation_reason_required = FlagAnswer()
    audit_retention_days = NumberAnswer()


def settings_data(current: list[settings.Current]) -> dict[str, Any]:
    """`{"lockoutThreshold": {"value": 5, …}, …}`"""
    return {one.option.field: _setting_data(one) for one in current}


def _setting_data(one: settings.Current) -> dict[str, Any]:
    option = one.option
    return {
        "value": one.value,
        "default": one.default,
        "type": option.kind,
        **option.bounds(),
        "unit": option.unit or None,
        "description": option.description,
        "source": one.source.value,
    }


def _example() -> dict[str, Any]:
    """A fresh installation's, with one that staff have set."""
    fresh: dict[str, Any] = {
        "registrationOpen": True,
        "requireVerifiedEmail": False,
        "passwordPolicy": "composition",
        "lockoutThreshold": 5,
        "lockoutDuration": "15m",
        "sessionLifetime": "30d",
        "impersonationReasonRequired": False,
        "auditRetentionDays": 365,
    }
    data = settings_data(
        [
            settings.Current(option, fresh[option.field], fresh[option.field], Source.DEFAULT)
            for option in options.OPTIONS
        ]
    )
    data["sessionLifetime"] |= {"value": "7d", "source": Source.SETTING.value}
    return data


EXAMPLE: Final = _example()


class SettingsViewSet(ApiViewSet):
    @operation(
        "What staff set while the program runs",
        description="Each setting with what counts now and who says so: `setting` is what staff "
        "set here, `environment` and `default` are where the program starts from.",
        permission=SETTINGS,
        answer=SettingsAnswer,
        example=EXAMPLE,
    )
    def retrieve(self, request: ApiRequest) -> Response:
        return answer(settings_data(settings.listed()))

    @operation(
        "Change settings",
        description="Some or all, in force from the next request on, everywhere. A value set here "
        "wins over the environment until it is set to null.",
        permission=SETTINGS,
        fresh=True,
        body=SettingsInput,
        body_example={"sessionLifetime": "7d", "lockoutThreshold": None},
        answer=SettingsAnswer,
        example=EXAMPLE,
        message="The settings are saved.",
    )
    def partial_update(self, request: ApiRequest) -> Response:
        given = self.valid(SettingsInput, request.data)
        current = settings.change(given, by=request.user, meta=RequestMeta.of(request))
        return answer(settings_data(current), _("The settings are saved."))
