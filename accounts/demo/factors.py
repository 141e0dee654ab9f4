"""Second factors: apps, backup codes and trusted devices. Their secrets are real ones."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.demo.people import Fate, Person
from accounts.demo.story import Story, uuid7_at
from accounts.models import BackupCode, BackupCodeDevice, TotpDevice, TrustedDevice
from accounts.models.two_factor import new_backup_code, new_seed
from accounts.services.backup_codes import HOW_MANY
from accounts.services.trusted_devices import LIFETIME
from audit.kinds import Action
from notifications.kinds import Kind

SHARE: Final = 0.34
SHARE_OF_STAFF: Final = 0.8


def turn_on(person: Person, story: Story) -> None:
    """For some. The demonstration's own admin has none, so that a password is enough."""
    random, user = story.random, person.user
    share = SHARE_OF_STAFF if person.is_staff else SHARE
    is_chosen = random.random() < share and person.fate is not Fate.UNVERIFIED
    if not is_chosen or user.email_verified_at is None or person.is_chief:
        return
    at = story.moment(user.email_verified_at + timedelta(minutes=5), person.until(story.now))
    if at >= person.until(story.now):
        return
    user.two_factor_enabled_at = at
    meta = story.meta(person.home, person.gadgets[0].agent)
    story.tell(
        Action.TWO_FACTOR_ENABLED, at, actor=user, subject=user, meta=meta,
        method="totp", sessionsEnded=random.choice((0, 0, 1)),
    )  # fmt: skip
    story.notify(
        user,
        Kind.SECURITY_ALERT,
        at,
        title=_("Two-factor authentication is on"),
        message=_("If this was not you, choose a new password right away."),
    )
    app = TotpDevice(user=user, seed=new_seed(), confirmed=True, created_at=at, last_used_at=at)
    story.apps.append(app)
    _backup_codes(person, story)
    if random.random() < 0.35 and not person.is_staff and person.left is None:
        _trust(person, story)


def _backup_codes(person: Person, story: Story) -> None:
    user, random, on = person.user, story.random, person.user.two_factor_enabled_at
    if on is None:
        return
    device = BackupCodeDevice(user=user, key=secrets.token_hex(32), confirmed=True, created_at=on)
    codes = [BackupCode(digest=device.digest(new_backup_code())) for _ in range(HOW_MANY)]
    for number in range(random.choice((0, 0, 0, 0, 1, 1, 2, 4))):
        at = story.moment(on, person.until(story.now))
        codes[number].used_at = at
        device.last_used_at = max(device.last_used_at or at, at)
    story.backups[user.pk] = device, codes
    used = sorted(code.used_at for code in codes if code.used_at)
    for number, at in enumerate(used):
        left = HOW_MANY - 1 - number
        story.tell(
            Action.BACKUP_CODE_USED, at, actor=user, subject=user,
            meta=story.meta(person.home, person.gadgets[0].agent), left=left,
        )  # fmt: skip
        story.notify(
            user,
            Kind.SECURITY_ALERT,
            at,
            title=_("A backup code was used"),
            message=format_lazy(_("It does not work again. Codes left: {left}."), left=left),
            left=left,
        )


def _trust(person: Person, story: Story) -> None:
    user, gadget = person.user, person.gadgets[0]
    on = user.two_factor_enabled_at or story.now
    at = story.moment(max(on, story.now - timedelta(days=28)), story.now)
    device = TrustedDevice(
        id=uuid7_at(at, story.random),
        user=user,
        device_id=gadget.id,
        name=gadget.parsed.name,
        trusted_at=at,
        expires_at=at + LIFETIME,
        last_used_at=story.moment(at, story.now),
    )
    story.trusted.append(device)
    story.tell(
        Action.DEVICE_TRUSTED, at, actor=user, subject=user,
        meta=story.meta(person.home, gadget.agent),
        resource="trusted_device", resource_id=device.pk, device=device.name,
    )  # fmt: skip
