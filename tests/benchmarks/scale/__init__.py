"""The program with a million people and ten million audit entries, beside the original's way.

Start reading in `__main__.py`; `fill.py` makes the rows.
"""
