"""How fast the program is, beside a bare app that asks the same question and beside a peer.

Start reading at `__main__.py`; `measures.py` says what is timed, `targets.py` what must be reached.
"""
