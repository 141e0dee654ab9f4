"""Forms of the staff site's people, with the contract's bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models.user import canonical_email, canonical_username
from accounts.validators import RESERVED
from config.common.errors import DomainError
from config.common.forms import PersonField, TextField
from rbac.models import Role
from rbac.permissions import GRANTABLE, Permission

# The field that a rule is about, where a form has one of this name.
_FIELD_OF: Final[Mapping[str, str]] = {
    "EMAIL_TAKEN": "email",
    "EMAIL_MISMATCH": "confirm_email",
    "NOT_ACTIVE": "email",
    "USERNAME_TAKEN": "username",
    "expiresAt": "expires_at",
    "confirmEmail": "confirm_email",
}


class AddressField(forms.EmailField):
    """An address in its canonical spelling."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
        super().__init__(max_length=254, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text.isprintable():
            raise ValidationError(_("Enter a valid email address."))
        return canonical_email(text)


class UsernameField(TextField):
    def __init__(self, **kwargs: Any) -> None:
        rule = RegexValidator(
            r"^[A-Za-z0-9_]{3,30}\Z", _("Use 3 to 30 letters, digits and underscores.")
        )
        attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(
            label=_("Username"), max_length=30, validators=[rule], widget=widget, **kwargs
        )

    def clean(self, value: Any) -> str:
        name = canonical_username(super().clean(value))
        if name in RESERVED:
            raise ValidationError(_("This name cannot be used."))
        return name


class ReasonField(TextField):
    """Why, in the words of whoever does it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"maxlength": 500, "autocomplete": "off"})
        super().__init__(label=_("Reason"), max_length=500, widget=widget, **kwargs)


class StaffForm(forms.Form):
    """Shows a broken rule at the field that it is about, or above all of them."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.label_suffix = ""

    def hide_addresses_from(self, by: Any) -> None:
        """Who may not read people finds out by no form whose an address is."""
        if by.has_perm(Permission.USER_READ.perm):
            return
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.knows_addresses = False
                field.help_text = _("Username or id.")
                field.error_messages["nobody"] = _("There is nobody of this username or id.")

    def refuse(self, error: DomainError) -> None:
        faults = [(fault.field, str(fault.message)) for fault in error.errors]
        for name, text in faults or [(error.code, str(error.message))]:
            field = _FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, text)


class ActForm(StaffForm):
    """What an act has to know besides whom it is done to; nothing, as it is here."""


_KEPT: Final = _(
    "For the audit log. The person is not shown it, but finds it in an export of their data."
)


class ReasonForm(ActForm):
    reason = ReasonField(required=False, help_text=_KEPT)


class ToldReasonForm(ActForm):
    reason = ReasonField(required=False, help_text=_("Shown to the person."))


class NeededReasonForm(ActForm):
    reason = ReasonField(help_text=_KEPT)


class EraseForm(ActForm):
    confirm_email = AddressField(label=_("The account’s email address, to be sure"))
    reason = ReasonField(help_text=_("For the audit log."))


class RoleForm(ActForm):
    role = forms.ModelChoiceField(Role.objects.order_by("name"), label=_("Role"), empty_label=None)

    def offer(self, roles: list[Role]) -> None:
        """Only these to choose from. What else is sent is the service's to refuse.

        None is chosen yet: the first by name is `admin`, one careless click away.
        """
        offered = [(str(role.pk), role.name) for role in roles]
        self.fields["role"].widget.choices = [("", "–"), *offered]


class AssignForm(RoleForm):
    expires_at = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        help_text=_("UTC. Left empty: without an end."),
    )


class GrantForm(ActForm):
    permission = forms.ChoiceField(
        label=_("What"), choices=lambda: [(one.name, one.label) for one in GRANTABLE]
    )
    on = PersonField(label=_("On whom"))


class RevokeForm(ActForm):
    grant = forms.UUIDField(widget=forms.HiddenInput)


class SessionForm(ActForm):
    session = forms.UUIDField(widget=forms.HiddenInput)


class ExplainForm(StaffForm):
    permission = forms.ChoiceField(
        label=_("May they"), choices=lambda: [(one.name, one.label) for one in Permission]
    )
    on = PersonField(label=_("To whom"), required=False)


class EditForm(StaffForm):
    """What staff change of an account; the address where they may."""

    first_name = TextField(label=_("First name"), max_length=50, required=False)
    last_name = TextField(label=_("Last name"), max_length=50, required=False)
    username = UsernameField()
    email = AddressField(
        label=_("Email"), help_text=_("A new one counts once it is confirmed from there.")
    )


class InviteForm(StaffForm):
    email = AddressField(label=_("Email"), help_text=_("The link goes there."))
    username = UsernameField()
    first_name = TextField(label=_("First name"), max_length=50, required=False)
    last_name = TextField(label=_("Last name"), max_length=50, required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [("", _("As the service has it")), *settings.LANGUAGES],
        required=False,
    )
