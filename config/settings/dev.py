"""Development: secrets made once, logs for people, a server without TLS, a mailbox to look into.

And `manage.py demo`, which production knows nothing of.
"""

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "accounts.demo"]

if env.text("EMAIL_URL") == "console:":
    EMAIL_BACKEND = "config.common.mailbox.MailboxBackend"
    MAILBOX = DATA_DIR / "mailbox"
