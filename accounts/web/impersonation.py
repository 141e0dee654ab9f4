"""Staff in somebody's place, in a browser: in, with a reason; out, with one click.

Their own session stays where it is and is the one to come back to: `accounts/middleware.py` puts
the person in their stead at each request, for as long as that may go on, and takes them back.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.errors import NotImpersonating
from accounts.selectors import avatar, impersonations
from accounts.selectors.browsers import ACTING, way_back
from accounts.services import impersonation, policy
from accounts.services.impersonation import Impersonation
from accounts.web.browser import OpenRequest, OwnRequest, sensitive_page
from accounts.web.forms import PageForm, attempt, form_page
from config.common.errors import DomainError, PermissionRequired
from config.common.forms import TextField
from config.common.pages import FORMS, under_impersonation
from config.common.request_meta import RequestMeta
from rbac.permissions import Permission


class ReasonForm(PageForm):
    reason = TextField(
        label=gettext_lazy("Reason"), max_length=500, help_text=gettext_lazy("The person sees it.")
    )

    def __init__(self, *args: Any, is_required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required


@sensitive_page
def begin(request: OwnRequest, user_id: UUID) -> HttpResponse:
    """Says what will happen, asks why, and does it."""
    if not request.user.has_perm(Permission.ADMIN_ACCESS.perm):
        raise PermissionRequired
    if settings.APP_ENV == "production" and not request.user.has_two_factor:
        return redirect("/account/two-factor/setup")  # as for all that is the staff site's
    meta = RequestMeta.of(request)
    person = impersonation.whom(user_id, by=request.user, meta=meta)
    is_required = policy.impersonation_reason_required()
    form = ReasonForm(request.POST or None, is_required=is_required)
    error: DomainError | None = None
    if request.method == "POST" and form.is_valid():

        def work(reason: str) -> None:
            begun.append(impersonation.start(user_id, by=request.user, meta=meta, reason=reason))

        begun: list[Impersonation] = []
        error = attempt(form, work)
        if error is None:
            return _go(request, begun[0])
    context = {
        "person": person,
        "avatar": avatar.url_of(person.avatar),
        # Names are public here, an address is not.
        "email": person.email if request.user.has_perm(Permission.USER_READ.perm, person) else "",
        "back": way_back(request.user, user_id),
        "minutes": int(impersonation.LIFETIME.total_seconds() // 60),
    }
    return form_page(request, "accounts/impersonate.html", form, error, **context)


def _go(request: OwnRequest, begun: Impersonation) -> HttpResponse:
    """From here on pages are the person's; forms that are open are the staff's own, and die."""
    request.session[ACTING] = {
        "session": str(begun.session.pk),
        "person": str(begun.person.pk),
        "until": begun.session.expires_at.isoformat(),
    }
    request.session.cycle_key()
    rotate_token(request)
    return redirect("/account")


@under_impersonation(FORMS)
@require_POST
def end(request: OpenRequest) -> HttpResponse:
    """Back to oneself: the next request finds it over, and leads to where one came from."""
    principal = request.auth
    if principal is not None:
        meta = RequestMeta.of(request)
        with suppress(NotImpersonating):  # ended in the meantime
            impersonation.stop(principal.session_id, person=principal.user, meta=meta)
    return redirect("/account")


def banner(request: HttpRequest) -> dict[str, Any]:
    """For every template: in whose place somebody is looking at it, why and for how long."""
    principal = getattr(request, "auth", None)
    if principal is None or principal.actor_id is None:
        return {}
    until = parse_datetime(request.session[ACTING]["until"])
    left = (until - timezone.now()).total_seconds() if until else 0
    return {
        "acting": {
            "person": principal.user,
            "reason": impersonations.reason_of(principal.session_id),
            "minutes": max(1, math.ceil(left / 60)),
        }
    }
