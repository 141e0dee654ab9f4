from datetime import timedelta

import pytest
from django.utils import timezone

from config.common.request_meta import RequestMeta
from rbac.errors import PermissionEscalation
from rbac.models import RoleAssignment
from rbac.services import bulk

pytestmark = pytest.mark.django_db
META = RequestMeta()


def test_a_deputy_gives_to_others_for_good_and_to_themself_nothing(person, role):
    deputy, owner = person("admin", until=timezone.now() + timedelta(days=1)), person("user")

    outcome = bulk.assign([deputy.pk, owner.pk], role("moderator"), by=deputy, meta=META)

    assert outcome.changed == [owner.pk]
    assert outcome.refused == {deputy.pk: PermissionEscalation}
    assert outcome.total == 2
    assert not RoleAssignment.objects.filter(user=deputy, role__name="moderator").exists()


def test_what_one_holds_for_good_one_may_give_oneself(person, role):
    admin = person("admin")

    outcome = bulk.assign([admin.pk], role("moderator"), by=admin, meta=META)

    assert outcome.changed == [admin.pk]
