"""Development: secrets made once, logs for people, a server without TLS."""

from config.settings.base import *  # noqa: F403
