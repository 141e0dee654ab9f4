"""Run-time settings as a form: what `PATCH /admin/settings` does, under the same permission."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.services import options, policy, settings
from accounts.services.options import Choice, Duration, Flag, Number, Option, Refused
from audit.kinds import Action
from config.common.api.permissions import require_fresh
from config.common.errors import DomainError, ReauthenticationRequired, Text
from config.common.request_meta import RequestMeta
from config.common.staff import staff_page
from rbac.permissions import Permission

GROUPS: Final[tuple[tuple[Text, dict[Text, Option[Any]]], ...]] = (
    (
        gettext_lazy("Signing up and in"),
        {
            gettext_lazy("Sign-up is open"): options.REGISTRATION_OPEN,
            gettext_lazy("Confirmed email needed"): options.REQUIRE_VERIFIED_EMAIL,
            gettext_lazy("Password rules"): options.PASSWORD_POLICY,
            gettext_lazy("Longest session"): options.SESSION_LIFETIME,
        },
    ),
    (
        gettext_lazy("Guessing"),
        {
            gettext_lazy("Failures before a lock"): options.LOCKOUT_THRESHOLD,
            gettext_lazy("First lock"): options.LOCKOUT_DURATION,
        },
    ),
    (
        gettext_lazy("Staff and records"),
        {
            gettext_lazy("Reason for impersonation"): options.IMPERSONATION_REASON_REQUIRED,
            gettext_lazy("Audit log kept"): options.AUDIT_RETENTION_DAYS,
        },
    ),
)
HERE: Final = "_here"


class OptionField(forms.Field):
    """What the option itself reads from what a form can say."""

    def __init__(self, option: Option[Any], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.option = option

    def clean(self, value: Any) -> Any:
        given = value.strip() if isinstance(value, str) else value
        if isinstance(self.option, Number) and isinstance(given, str):
            # No longer than any bound; int() is slow with what is longer.
            given = int(given) if given.isdecimal() and len(given) < 10 else given  # noqa: PLR2004
        try:
            return self.option.read(given)
        except Refused as refused:
            raise forms.ValidationError(str(refused.message), refused.code) from refused


class SettingsForm(forms.Form):
    """A value for each option, and whether it is set here or left to the environment.

    Only what was changed on this page is given to the service; `seen` is what the page showed.
    """

    seen = forms.CharField(
        max_length=2000, widget=forms.HiddenInput, label=gettext_lazy("This page")
    )

    def __init__(self, data: QueryDict | None, stored: Mapping[str, Any]) -> None:
        super().__init__(data, initial={"seen": json.dumps(stored)})
        self.current = {one.option.name: one for one in settings.listed()}
        for _title, group in GROUPS:
            for label, option in group.items():
                self._add(label, option, is_set=option.name in stored)

    def _add(self, label: Text, option: Option[Any], *, is_set: bool) -> None:
        one = self.current[option.name]
        self.fields[option.name] = OptionField(
            option,
            label=label,
            help_text=option.description,
            widget=_widget(option),
            initial=one.value,
            disabled=option.is_implied,
        )
        self.fields[option.name + HERE] = forms.BooleanField(
            required=False, label=_("Set here"), initial=is_set, disabled=option.is_implied
        )

    def clean_seen(self) -> dict[str, Any]:
        try:
            seen = json.loads(self.cleaned_data["seen"])
        except (ValueError, RecursionError):
            seen = None
        if not isinstance(seen, dict):
            raise forms.ValidationError(_("Please open this page anew."), "invalid")
        return seen

    def given(self) -> dict[str, Any]:
        """What this page changed, for the service. Adds an error where it says two things."""
        seen, changed = self.cleaned_data["seen"], {}
        for name, one in self.current.items():
            if one.option.is_implied:
                continue
            value, is_here = self.cleaned_data[name], self.cleaned_data[name + HERE]
            differs = one.option.written(value) != seen.get(name, one.default)
            if differs and name in seen and not is_here:
                self.add_error(name, _("Either change it here or leave it to the environment."))
            elif differs or (is_here and name not in seen):
                changed[name] = value
            elif name in seen and not is_here:
                changed[name] = None
        return changed

    def refuse(self, error: DomainError, stored: Mapping[str, Any]) -> None:
        """Each fault at its field; who says the same again after that means it."""
        names = {one.option.field: name for name, one in self.current.items()}
        data: Any = self.data
        self.data = data = data.copy()
        seen = dict(self.cleaned_data["seen"])
        for fault in error.errors:
            name = names[fault.field]
            self.add_error(name, str(fault.message))
            seen.pop(name, None)
            seen |= {name: stored[name]} if name in stored else {}
        if not error.errors:
            self.add_error(None, str(error.message))
        data["seen"] = json.dumps(seen)

    def groups(self) -> Iterator[tuple[Text, list[dict[str, Any]]]]:
        """For the page: the fields of each group, with where their values come from."""
        changes = settings.last_changes()
        for title, group in GROUPS:
            yield (
                title,
                [
                    {
                        "value": self[option.name],
                        "here": self[option.name + HERE],
                        "current": self.current[option.name],
                        "limits": _limits(option),
                        "otherwise": _worded(self.current[option.name].default),
                        "change": changes.get(option.name),
                    }
                    for option in group.values()
                ],
            )


def _widget(option: Option[Any]) -> forms.Widget:
    match option:
        case Flag():
            return forms.CheckboxInput()
        case Choice():
            return forms.Select(choices=[(word, word) for word in option.choices])
        case Number():
            bounds = {"min": option.least, "max": option.most}
            return forms.NumberInput({**bounds, "inputmode": "numeric"})
    return forms.TextInput({"maxlength": 7, "autocomplete": "off", "spellcheck": "false"})


def _worded(value: Any) -> str:
    words = {True: _("yes"), False: _("no")}
    return words[value] if isinstance(value, bool) else str(value)


def _limits(option: Option[Any]) -> str:
    if not isinstance(option, Number | Duration):
        return ""
    bounds = option.bounds() | {"unit": option.unit}
    return _("%(minimum)s to %(maximum)s (%(unit)s)") % bounds


@staff_page(
    "settings/",
    name="settings",
    title=gettext_lazy("Settings"),
    section="accounts",
    needs=Permission.ADMIN_SETTINGS.perm,
)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Any) -> HttpResponse:
    stored = policy.rows()
    form = SettingsForm(request.POST if request.method == "POST" else None, stored)
    is_fresh = _is_fresh(request)
    status = 200
    if request.method == "POST":
        if not is_fresh:  # it ran out while they typed: what they typed stays
            status = ReauthenticationRequired.status
        elif form.is_valid() and _saved(form, request):
            messages.success(request, _("The settings are saved."))
            return redirect(request.path)
        else:
            status = 422
    context = admin.site.each_context(request) | {
        "title": _("Settings"),
        "form": form,
        "is_fresh": is_fresh,
        "prove_first": request.path if form.is_bound and not is_fresh else "",
        "history": _history(request),
    }
    return TemplateResponse(request, "admin/settings.html", context, status=status)


def _saved(form: SettingsForm, request: Any) -> bool:
    given = form.given()
    if form.errors:
        return False
    meta = RequestMeta.of(request)
    try:
        settings.change(given, by=request.user, meta=meta, seen=form.cleaned_data["seen"])
    except DomainError as error:
        form.refuse(error, policy.rows())
        return False
    return True


def _is_fresh(request: HttpRequest) -> bool:
    try:
        require_fresh(request)
    except ReauthenticationRequired:
        return False
    return True


def _history(request: Any) -> str:
    """Where the log tells of them, for who may read it."""
    may_read = request.user.has_perm(Permission.AUDIT_READ.perm)
    return f"/staff/audit/auditentry/?action={Action.SETTINGS_CHANGED}" if may_read else ""
