"""The outbox: mails that left, some that wait, one worker's trouble, and some given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from accounts.demo.people import Fate, Person
from accounts.demo.story import Story, uuid7_at
from accounts.models import Purpose
from accounts.services import one_time
from accounts.services.purge import SPENT
from audit.kinds import Action
from notifications.kinds import State
from notifications.models import OutboxMail
from notifications.services import email

# What goes out when this happens.
OF: Final = {
    Action.USER_REGISTERED: "verify_email",
    Action.PASSWORD_CHANGED: "password_changed",
    Action.PASSWORD_RESET_REQUESTED: "reset_password",
    Action.PASSWORD_RESET_COMPLETED: "password_changed",
    Action.TWO_FACTOR_ENABLED: "two_factor_enabled",
    Action.BACKUP_CODE_USED: "backup_code_used",
    Action.ROLE_ASSIGNED: "role_changed",
    Action.ADMIN_USER_CREATED: "invitation",
    Action.ADMIN_SUSPENDED: "account_suspended",
    Action.ADMIN_IMPERSONATION_STARTED: "impersonated",
    Action.ACCOUNT_DELETED: "account_deleted",
}
WAITING, GIVEN_UP = 5, 3


def sent(story: Story, people: list[Person]) -> None:
    """Of the last days: the purge takes what left before."""
    languages = {person.user.pk: person.user.language for person in people}
    since = story.now - SPENT
    for entry in story.entries:
        mail = OF.get(Action(entry.action))
        if mail is None or entry.timestamp < since or entry.user_id is None:
            continue
        left = entry.timestamp + timedelta(seconds=story.random.uniform(0.4, 6))
        story.mails.append(
            OutboxMail(
                id=uuid7_at(entry.timestamp, story.random),
                user_id=entry.user_id,
                mail=mail,
                language=languages.get(entry.user_id, ""),
                state=State.SENT.value,
                attempts=1,
                next_attempt_at=entry.timestamp,
                created_at=entry.timestamp,
                sent_at=min(left, story.now),
            )
        )


def unsent(story: Story, people: list[Person]) -> None:
    """Real ones, whose links work, once the accounts are stored: they wait for their next try."""
    newest = [one.user for one in people if one.fate is Fate.UNVERIFIED][-WAITING:]
    invited = [one.user for one in people if one.fate is Fate.INVITED][:GIVEN_UP]
    for user in newest:
        token = one_time.issue(user, Purpose.VERIFY_EMAIL, binding=user.email)
        email.verify_email(user, token=token)
    for user in invited:
        token = one_time.issue(user, Purpose.INVITATION, binding=user.email)
        email.invitation(user, token=token, invited_by=people[0].user.get_full_name())
    ours = OutboxMail.objects.filter(user__in=[*newest, *invited], state=State.PENDING)
    for number, row in enumerate(ours.filter(mail="verify_email").order_by("pk")):
        ago = timedelta(minutes=4 + 9 * number)
        ours.filter(pk=row.pk).update(
            created_at=story.now - ago,
            attempts=4 + number,
            next_attempt_at=story.now + timedelta(minutes=15 + 11 * number),
            give_up_at=story.now - ago + timedelta(hours=24),
            last_error="SMTPServerDisconnected",
        )
    ours.filter(mail="invitation").update(
        state=State.DEAD,
        attempts=1,
        created_at=story.now - timedelta(days=2),
        give_up_at=story.now - timedelta(days=1),
        last_error="SMTPRecipientsRefused 550",
    )
