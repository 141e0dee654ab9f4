"""What happened: one entry for each change, written in the change's own transaction.

May import config.common only; people are named by AUTH_USER_MODEL.
Start reading at `services/recording.py`, then `models.py`; `kinds.py` lists the actions.
"""
