"""One's names and details, one's picture, which notices go by mail, the language."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NoFile
from accounts.models import Profile
from accounts.selectors import avatar as pictures
from accounts.services import avatar, preferences, profile
from accounts.web.browser import OwnRequest, counted_as, own_page
from accounts.web.fields import RuleField
from accounts.web.forms import PageForm, attempt, form_page
from config.common.api.throttling import Limit, count
from config.common.errors import DomainError
from config.common.forms import TextField
from config.common.pages import FORMS, NOTHING, failed, under_impersonation
from config.common.request_meta import RequestMeta
from notifications.kinds import Kind

UPLOAD = Limit("upload", "upload")


@cache
def _zones() -> list[tuple[str, str]]:
    names = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
    return [("", "—"), *((name, name.replace("_", " ")) for name in names)]


class ProfileForm(PageForm):
    first_name = TextField(label=gettext_lazy("First name"), max_length=50, required=False)
    last_name = TextField(label=gettext_lazy("Last name"), max_length=50, required=False)
    bio = TextField(label=gettext_lazy("About you"), max_length=500, required=False, lines=True)
    phone = RuleField(
        profile.phone_number,
        gettext_lazy("Give a number with its country code: +442071838750."),
        label=gettext_lazy("Phone"),
        max_length=40,
        help_text=gettext_lazy("With its country code."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    date_of_birth = RuleField(
        profile.birth_date,
        gettext_lazy("Give a day in the past: 1985-12-10."),
        label=gettext_lazy("Date of birth"),
        max_length=40,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )
    address = TextField(label=gettext_lazy("Address"), max_length=255, required=False, lines=True)
    city = TextField(label=gettext_lazy("City"), max_length=100, required=False)
    country = TextField(label=gettext_lazy("Country"), max_length=100, required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=_zones, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in (
            ("first_name", "given-name"),
            ("last_name", "family-name"),
            ("address", "street-address"),
            ("city", "address-level2"),
            ("country", "country-name"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = kind

    def clean_timezone(self) -> str | None:
        return self.cleaned_data["timezone"] or None


class PreferencesForm(PageForm):
    """The language, and for each kind of notice that may be silenced whether it is mailed."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("Of these pages and of your mails."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.BooleanField(
                label=kind.label,
                required=False,
                disabled=kind.is_security,
                initial=True if kind.is_security else None,
            )


@under_impersonation(FORMS)
@own_page
def edit(request: OwnRequest) -> HttpResponse:
    user = request.user
    told = Profile.objects.filter(user=user).first() or Profile(user=user)
    names = ("first_name", "last_name")
    initial = {
        name: getattr(user if name in names else told, name) for name in ProfileForm.base_fields
    }
    initial["date_of_birth"] = told.date_of_birth.isoformat() if told.date_of_birth else ""
    form = ProfileForm(request.POST or None, initial=initial)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(**given: Any) -> None:
            profile.update(user, given, meta=RequestMeta.of(request))

        error = attempt(form, work)
        if error is None:
            messages.success(request, _("Your profile is saved."))
            return redirect("/account/profile")
    context = {"avatar": pictures.url_of(user.avatar), "place": "profile"}
    return form_page(request, "accounts/profile.html", form, error, **context)


@under_impersonation(FORMS)
@own_page
def picture(request: OwnRequest) -> HttpResponse:
    """A new picture, or none any more."""
    if request.method != "POST":  # as after signing in anew: what was sent is gone
        return redirect("/account/profile")
    try:
        if "remove" in request.POST:
            avatar.remove(request.user, meta=RequestMeta.of(request))
            messages.success(request, _("Your picture is removed."))
        else:
            count(UPLOAD, request, who=counted_as(request))
            given = request.FILES.get("picture")
            if given is None:
                raise NoFile
            avatar.replace(request.user, given.read(), meta=RequestMeta.of(request))
            messages.success(request, _("Your picture is saved."))
    except DomainError as error:
        return failed(request, _("That picture could not be used"), error)
    return redirect("/account/profile")


@under_impersonation(NOTHING)
@own_page
def choices(request: OwnRequest) -> HttpResponse:
    user = request.user
    told = Profile.objects.filter(user=user).first() or Profile(user=user)
    wishes = {kind.value: preferences.wants_mail(told.preferences, kind) for kind in Kind}
    form = PreferencesForm(request.POST or None, initial={"language": user.language, **wishes})
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(language: str, **mailed: bool) -> None:
            meta = RequestMeta.of(request)
            profile.update(user, {"language": language}, meta=meta)
            silent = {kind.value: mailed[kind.value] for kind in Kind if not kind.is_security}
            preferences.merge(user, {preferences.NOTIFICATIONS: silent}, meta=meta)

        error = attempt(form, work)
        if error is None:
            # In the language of the page that will show it.
            translation.activate(form.cleaned_data["language"])
            messages.success(request, _("Your preferences are saved."))
            return redirect("/account/preferences")
    context = {"place": "preferences", "switches": [form[kind.value] for kind in Kind]}
    return form_page(request, "accounts/preferences.html", form, error, **context)
