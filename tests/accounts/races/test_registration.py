import pytest

from accounts.models import Profile, User
from audit.models import AuditEntry
from notifications.models import OutboxMail
from tests.conftest import ApiClient


def sign_up(email, username):
    body = {"email": email, "username": username, "password": "Correct-Horse7"}
    return lambda: ApiClient().post("auth/register", body)


@pytest.mark.parametrize("same", ["email", "username", "both"])
def test_of_two_sign_ups_for_the_same_name_one_gets_it(crowd, rounds, same):
    for number in range(rounds):
        emails = [f"ada{number}@example.org", f"ida{number}@example.org"]
        names = [f"ada_{number}", f"ida_{number}"]
        if same in {"email", "both"}:
            emails[1] = emails[0].upper()
        if same in {"username", "both"}:
            names[1] = names[0].upper()

        answers = crowd.at_once([sign_up(*pair) for pair in zip(emails, names, strict=True)])

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        loser = max(answers, key=lambda answer: answer.status_code)
        assert loser.data["code"] in {"EMAIL_TAKEN", "USERNAME_TAKEN"}
        assert loser.data["code"] != ("USERNAME_TAKEN" if same == "email" else "EMAIL_TAKEN") or (
            same == "both"
        )
        # One user, and nothing of a second one.
        assert User.objects.count() == number + 1
        for kept in (Profile, OutboxMail):
            assert kept.objects.count() == number + 1
        assert AuditEntry.objects.filter(action="USER_REGISTERED").count() == number + 1


def test_of_many_sign_ups_for_the_same_name_one_gets_it(crowd, uses):
    answers = crowd.at_once([sign_up("ada@example.org", "ada")] * min(uses, 40))

    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert User.objects.count() == 1
