"""The composition: settings, URLs, health checks, the server's entry point.

May import anything; nothing but `config.common` and `config.env` may be imported from here.
Start reading at `urls.py`, then `settings/base.py`.
"""

__version__ = "0.1.0"
