"""Who takes what first: the account's row, then its links, its sessions, everything else of it.

A reset spends its link and then writes the account, a change of password writes the account and
then takes the links away: each would wait for the other. So whatever ends or spends something of
an account takes its row first. That also serves as the turn in which they come. Who needs several
accounts takes all of their rows first, in the order of their keys (`rbac/services/people.py`).
"""

from __future__ import annotations

from uuid import UUID

from accounts.models import User


def hold(user_id: UUID) -> None:
    """The account is ours until the transaction ends. Does nothing on SQLite, nor for nobody.

    Not against those who only refer to it: entries and notices about it may be written.
    """
    User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk").first()
