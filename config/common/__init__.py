"""What every app stands on: errors, ids, request facts, cryptography, API plumbing.

Knows no app and imports none.
Start reading at `errors.py` and `request_meta.py`, then `api/views.py`.
"""
