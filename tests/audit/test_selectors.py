import pytest

from audit import selectors
from audit.kinds import Action
from audit.services.recording import record
from config.common.request_meta import RequestMeta

pytestmark = pytest.mark.django_db
META = RequestMeta()


def test_a_persons_history_is_what_concerns_them_newest_first(person, django_assert_num_queries):
    owner, stranger = person(), person()
    first = record(Action.USER_LOGIN, actor=owner, subject=owner, meta=META)
    record(Action.ROLE_ASSIGNED, actor=owner, subject=stranger, meta=META)
    last = record(Action.ADMIN_UNLOCKED, actor=stranger, subject=owner, meta=META)

    with django_assert_num_queries(1):
        history = [(entry.pk, entry.actor) for entry in selectors.about(owner.pk)]

    assert history == [(last.pk, stranger), (first.pk, owner)]
