"""The settings of the environment that APP_ENV names."""

from config.env import app_env

if app_env() == "production":
    from config.settings.production import *  # noqa: F403
else:
    from config.settings.dev import *  # noqa: F403
