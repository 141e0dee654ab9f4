"""What the tests of these pages look at."""

from rbac.models import Role
from rbac.permissions import Permission

ROLES, ASSIGNMENTS, GRANTS = (
    f"/staff/rbac/{model}/" for model in ("role", "roleassignment", "persongrant")
)


def role_named(name):
    return Role.objects.get(name=name)


def allowed(name):
    held = set(role_named(name).permissions.values_list("codename", flat=True))
    return [permission.name for permission in Permission if permission.value in held]


def faults(answer):
    """What the form says is wrong, each field's and the form's own."""
    assert answer.status_code == 200, answer
    form = answer.context["adminform"].form
    return [str(fault) for listed in form.errors.values() for fault in listed]


def said(answer):
    """The last that the next page says."""
    return [str(message) for message in answer.context["messages"]][-1:]
