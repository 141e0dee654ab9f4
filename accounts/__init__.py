"""Who you are: sign-up, sign-in, tokens, sessions, passwords, profile, lifecycle.

May import rbac, audit, notifications and config.common; nothing imports accounts but config.
Start reading at `models/user.py` and `services/login.py`; `api/urls.py` lists the calls.
"""
