"""A canary in every field that a person can fill or that tells of them; then they are erased."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from axes.models import AccessLog
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import default_storage
from django.db import models
from django.test import override_settings
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone
from PIL import Image

from accounts.models import PasswordRecord, Session, Setting, TrustedDevice, User, UsernameHold
from accounts.services import lockout
from accounts.services.lifecycle import holdings
from accounts.services.purge import purge
from audit.models import AuditEntry
from config.common.models import Erasure
from config.common.request_meta import RequestMeta
from rbac.models import DjangoPermission, PersonGrant, Role, RoleAssignment
from tests.accounts.authenticator import turned_on
from tests.accounts.everywhere import holding
from tests.conftest import ApiClient
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "kanarie7x"
PASSWORD = "Kanarie7x-Horse-Battery"
HOME, AWAY = "198.51.100.77", "203.0.113.177"
AGENT = f"Mozilla/5.0 ({CANARY}) Firefox/140.0"
EMAIL, NEW_EMAIL = f"{CANARY}@example.org", f"{CANARY}.new@example.org"
# What no flow fills: packages' own tables, which nothing writes.
UNUSED = {"admin.LogEntry", "guardian.UserObjectPermission"}


def facts(address: str = HOME) -> dict[str, Any]:
    """What comes with a request besides its body."""
    return {
        "REMOTE_ADDR": address,
        "HTTP_USER_AGENT": AGENT,
        "HTTP_X_REQUEST_ID": f"request-{CANARY}",
    }


def photograph() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "yellow").save(file, "PNG")
    file.seek(0)
    file.name = f"{CANARY}.png"
    return file


def a_life(api: ApiClient) -> User:
    """Everything that a person can do, over the API, with a canary wherever there is room."""
    for name in (EMAIL, CANARY):  # before there is such an account
        api.post("auth/login", {"identifier": name, "password": CANARY}, **facts(AWAY))
    api.post("auth/forgot-password", {"email": EMAIL}, **facts(AWAY))
    body = {"email": EMAIL, "username": CANARY, "password": PASSWORD}
    names = {"firstName": f"First {CANARY}", "lastName": f"Last {CANARY}"}
    made = api.post("auth/register", {**body, **names}, **facts())
    assert made.status_code == 201, made.data
    user = User.objects.get(username=CANARY)
    for _ in range(6):  # up to the lock, its mail and its link
        api.post("auth/login", {"identifier": CANARY, "password": CANARY}, **facts(AWAY))
    sign_in(api)
    api.patch(
        "users/profile",
        {
            **names,
            "bio": CANARY,
            "address": CANARY,
            "city": CANARY,
            "country": CANARY,
            "phone": "+442071838750",
            "dateOfBirth": "1985-12-10",
        },
        **facts(),
    )
    api.put("users/preferences", {CANARY: {"nested": [CANARY]}}, **facts())
    asked = {"newEmail": NEW_EMAIL, "password": PASSWORD}
    assert api.post("account/change-email", asked, **facts()).status_code == 200
    sent = api.call(
        "POST",
        "upload/avatar",
        {"avatar": photograph()},
        content_type=MULTIPART_CONTENT,
        **facts(),
    )
    assert sent.status_code == 200, sent.data
    api.post("account/deactivate", {"password": PASSWORD}, **facts())
    who = {"email": EMAIL, "password": PASSWORD}
    api.post("account/reactivate", who, **facts())
    sign_in(api)
    api.delete("account", {"password": PASSWORD}, **facts())
    api.post("account/recover", who, **facts())
    sign_in(api)
    api.get("account/export", **facts()).getvalue()
    api.post("auth/forgot-password", {"email": EMAIL}, **facts())
    return user


def sign_in(api: ApiClient) -> None:
    answer = api.sign_in(User(email=EMAIL), PASSWORD, deviceName=f"Phone of {CANARY}")
    assert answer.status_code == 200


def what_no_call_makes(user: User, other: User) -> None:
    """Rows that other flows or later versions leave: staff's doings, pages, packages."""
    grant = DjangoPermission.objects.get(content_type__app_label="accounts", codename="user_read")
    person = ContentType.objects.get_for_model(User)
    for holder, on in ((user, other), (other, user)):
        PersonGrant.objects.create(
            user=holder, permission=grant, content_type=person, object_pk=str(on.pk)
        )
    role = Role.objects.get(name="moderator")
    RoleAssignment.objects.create(user=other, role=role, assigned_by=user)
    Setting.objects.create(name="registrationOpen", value=True, changed_by=user)
    TrustedDevice.objects.create(
        user=user, device_id=uuid4(), expires_at=timezone.now() + timedelta(days=1)
    )
    Session.objects.create(
        user=other,
        impersonator=user,
        kind="impersonation",
        expires_at=timezone.now() + timedelta(minutes=15),
        user_agent=AGENT,
        ip_address=HOME,
    )
    UsernameHold.objects.create(username=CANARY, expires_at=timezone.now())
    AccessLog.objects.create(username=CANARY, ip_address=HOME, user_agent=AGENT)
    PasswordRecord.objects.create(user=user, password=CANARY)
    page = SessionStore()
    page[SESSION_KEY], page["note"] = str(user.pk), CANARY
    page.save()
    AuditEntry.objects.bulk_create(staffs_doings(user, other))


def staffs_doings(user: User, other: User) -> list[AuditEntry]:
    told = {"on": str(user.pk), "text": f"a mail to {EMAIL}", "list": [{CANARY: CANARY}]}
    about = {"resource": "user", "details": {"reason": f"{CANARY} said", **told}}
    return [
        AuditEntry(action="ADMIN_SUSPENDED", user=user, actor=other, **about),
        AuditEntry(
            action="PERMISSION_GRANTED", user=other, actor=other, **about | {"details": told}
        ),
        AuditEntry(action="ROLE_CREATED", actor=user, ip_address=HOME, **about | {"details": told}),
        AuditEntry(action="PROFILE_UPDATED", user=user, actor=other, impersonating=user, **about),
        AuditEntry(action="ADMIN_UNLOCKED", resource="user", resource_id=str(user.pk)),
    ]


def a_canary_in_every_column(user: User) -> None:
    """Whatever text or JSON a row of theirs can hold, now or in a later version."""
    for relation in holdings.relations():
        if relation.declared.erasure != Erasure.DELETE:
            continue
        for row in relation.rows(user):
            relation.model._base_manager.filter(pk=row.pk).update(**planted(row))
    for entry in AuditEntry.objects.filter(models.Q(user=user) | models.Q(actor=user)):
        if entry.actor_id in {user.pk, None}:
            details = {**entry.details, "planted": CANARY, "deep": [{"er": {CANARY: [CANARY]}}]}
            AuditEntry.unlocked.filter(pk=entry.pk).update(
                details=details, user_agent=AGENT, ip_address=HOME, request_id=CANARY
            )


def planted(row: models.Model) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        is_free = not (field.choices or field.unique or field.primary_key or field.remote_field)
        if isinstance(field, models.JSONField) and is_free:
            values[field.name] = {CANARY: [CANARY]}
        elif isinstance(field, models.CharField | models.TextField) and is_free:
            values[field.name] = CANARY[: field.max_length]
    values.pop("state", None)
    if "payload" in values:
        values["payload"] = {"to": EMAIL, "context": {"name": CANARY}}
    return values


@pytest.fixture
def life(api, caplog):
    """A life, lived; somebody else's beside it."""
    caplog.set_level(logging.INFO)
    other = UserFactory(username="somebody_else")
    with override_settings(REAUTHENTICATION_WINDOW=timedelta(minutes=15)):
        user = a_life(api)
    what_no_call_makes(user, other)
    turned_on(user)
    a_canary_in_every_column(user)
    User.objects.filter(pk=user.pk).update(two_factor_enabled_at=None)
    return user, other


def words_of(user: User) -> list[str]:
    return [CANARY, str(user.pk), user.pk.hex, HOME]


def test_every_relation_is_covered_by_this_test(life):
    user, _other = life

    empty = {
        relation.model._meta.label
        for relation in holdings.relations()
        if not relation.rows(user).exists()
    }

    assert empty <= UNUSED


def test_erasure_leaves_nothing_of_a_person_anywhere(api, life, caplog):
    user, other = life
    assert holding([CANARY]), "the search finds what is there"
    picture = User.objects.get(pk=user.pk).avatar
    assert default_storage.exists(picture), "and the picture"

    body = {"password": PASSWORD, "confirmEmail": EMAIL}
    erased = api.post("account/permanent-delete", body, **facts())

    assert erased.status_code == 200, erased.data
    assert holding(words_of(user)) == []
    assert not default_storage.exists(picture)
    assert CANARY not in caplog.text
    assert CANARY not in str(erased.data)
    assert User.objects.filter(pk=other.pk).exists()
    assert AuditEntry.objects.filter(user=other).exists()


def test_nothing_points_at_who_is_gone(api, life):
    user, _other = life

    api.post("account/permanent-delete", {"password": PASSWORD, "confirmEmail": EMAIL}, **facts())

    for relation in holdings.relations():
        assert not relation.rows(user).exists(), relation


def test_the_log_still_tells_one_story_under_one_pseudonym(api, life):
    assert life
    before = AuditEntry.objects.count()

    api.post("account/permanent-delete", {"password": PASSWORD, "confirmEmail": EMAIL}, **facts())

    # The proof of the password may leave entries of its own; none is taken away.
    assert AuditEntry.objects.count() >= before + 1
    pseudonyms = {
        name
        for details in AuditEntry.objects.values_list("details", flat=True)
        for name in details.get("erased", {}).values()
    }
    assert pseudonyms == {AuditEntry.objects.get(action="ACCOUNT_ERASED").resource_id}


def test_a_failed_login_that_ends_after_the_erasure_is_swept_up(api, owner):
    api.sign_in(owner)
    meta = RequestMeta(ip=HOME, user_agent=AGENT)
    late = lockout.Attempt(owner.email, User.objects.get(pk=owner.pk), meta)
    body = {"password": "Correct-Horse7", "confirmEmail": owner.email}
    api.post("account/permanent-delete", body)
    lockout.count_failure(late)
    assert holding([owner.username])

    purge()

    assert holding([owner.username, str(owner.pk), HOME, CANARY]) == []


def test_everything_that_points_at_a_user_says_what_becomes_of_it():
    declared = {f"{r.model._meta.label}.{r.column}" for r in holdings.relations()}

    pointing = {
        f"{model._meta.label}.{field.attname}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is User
    }

    assert declared == pointing


def test_what_says_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(Session, "personal_data", {})
    holdings.relations.cache_clear()

    with pytest.raises(Exception, match=r"accounts.Session.user does not say"):
        holdings.relations()

    holdings.relations.cache_clear()
