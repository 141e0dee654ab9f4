from rbac.permissions import ADMIN, ALL, DEFAULT_ROLES, GRANTABLE, MODERATOR, USER, Permission

CONTRACT = """
USER_READ USER_CREATE USER_UPDATE USER_DELETE USER_MANAGE ROLE_READ ROLE_CREATE ROLE_UPDATE
ROLE_DELETE ROLE_ASSIGN ADMIN_ACCESS ADMIN_SETTINGS AUDIT_READ SYSTEM_MANAGE
"""


def test_there_are_fourteen_in_the_contracts_order():
    assert [permission.name for permission in Permission] == CONTRACT.split()


def test_django_is_asked_by_app_and_codename():
    assert [permission.perm for permission in Permission] == [
        f"rbac.{name.lower()}" for name in CONTRACT.split()
    ]


def test_five_can_be_granted_on_one_person():
    assert [permission.name for permission in GRANTABLE] == [
        "USER_READ", "USER_UPDATE", "USER_DELETE", "USER_MANAGE", "ROLE_ASSIGN",
    ]  # fmt: skip


def test_the_default_roles_hold_what_the_contract_says():
    held = {name: role.permissions for name, role in DEFAULT_ROLES.items()}

    assert held == {
        ADMIN: ALL,
        MODERATOR: {Permission.USER_READ, Permission.USER_UPDATE, Permission.AUDIT_READ},
        USER: set(),
    }
