from accounts.errors import InvalidCredentials, LinkInvalid
from accounts.models import OneTimeToken, PasswordRecord, Purpose, User
from accounts.services import one_time, passwords, sessions
from audit.models import AuditEntry
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory

NEW = "Another-Horse%d"


def changes(user, count, meta, keep=None):
    """As many devices change the same password at once, each to another one."""
    # The door loads the whole user before it calls.
    return [
        lambda n=n: passwords.change(
            User.objects.get(pk=user.pk), PASSWORD, NEW % n, keep=keep, meta=meta
        )
        for n in range(count)
    ]


def test_of_changes_at_once_one_wins_and_the_others_change_nothing(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()

        outcomes = crowd.at_once(changes(user, 8, meta))

        assert unexpected(outcomes, InvalidCredentials) == []
        assert outcomes.count(None) == 1
        user.refresh_from_db()
        assert user.check_password(NEW % outcomes.index(None))
        assert PasswordRecord.objects.filter(user=user).count() == 2
        assert AuditEntry.objects.filter(user=user, action="PASSWORD_CHANGED").count() == 1


def test_a_change_and_a_reset_at_once_leave_the_password_of_one_that_succeeded(crowd, meta, rounds):
    for _ in range(rounds):
        user = UserFactory()
        token = one_time.issue(user, Purpose.RESET_PASSWORD, binding=user.email)
        session = sessions.open_session(user, meta=meta)

        changed, reset = crowd.at_once(
            [
                *changes(user, 1, meta, keep=session.pk),
                lambda t=token: passwords.reset(t, NEW % 9, meta=meta),
            ]
        )

        assert unexpected([changed, reset], InvalidCredentials, LinkInvalid) == []
        assert None in (changed, reset)
        user.refresh_from_db()
        assert user.check_password(NEW % 9 if reset is None else NEW % 0)
        open_links = OneTimeToken.objects.unspent().filter(purpose=Purpose.RESET_PASSWORD)
        assert not open_links.filter(user=user).exists()


def test_checking_first_and_storing_later_lets_several_changes_through(
    naive_crowd, meta, rounds, monkeypatch
):
    def store_later(user, encoded, *, keep, meta):
        user.password = encoded
        user.save()

    monkeypatch.setattr(passwords, "_store_change", store_later)

    let_through = 0
    for _ in range(rounds):
        let_through = naive_crowd.at_once(changes(UserFactory(), 8, meta)).count(None)
        if let_through > 1:
            break

    assert let_through > 1
