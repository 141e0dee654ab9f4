"""What you may do: permissions, roles, their assignments, grants on single people.

May import audit, notifications and config.common; knows accounts as get_user_model() only.
Start reading at `permissions.py` and `backends.py`, then `services/assignments.py`.
"""
