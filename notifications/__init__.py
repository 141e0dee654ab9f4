"""What is told to people: the inbox inside the program, and mail through an outbox.

May import `config.common`, `config.env` and Django; names users by `settings.AUTH_USER_MODEL` only.
Start reading at `services/inbox.py` and `services/email`; how mail leaves: `services/outbox.py`.
"""
