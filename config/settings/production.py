"""Production: refuses to start half-configured, and says everything that is missing at once."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

_SECRETS = ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "FIELD_ENCRYPTION_KEYS")
_faults = []
for _name in _SECRETS:
    try:
        env.secret_list(_name)
    except ImproperlyConfigured as error:
        _faults.append(str(error))
_given = [secret for name in _SECRETS for secret in env.items(name)]
if len(set(_given)) < len(_given):
    _faults.append(f"{', '.join(_SECRETS)} must differ.")
if env.text("HEALTH_TOKEN") and env.is_weak(env.text("HEALTH_TOKEN")):
    _faults.append(f"HEALTH_TOKEN is weak: {env.MIN_SECRET_LENGTH} random characters or more.")
if not env.text("PUBLIC_URL"):
    _faults.append("PUBLIC_URL is not set.")
elif (
    not env.text("PUBLIC_URL").startswith("https://")
    or not urlsplit(env.text("PUBLIC_URL")).hostname
):
    _faults.append("PUBLIC_URL must be an https:// address.")
if env.text("LINK_BASE_URL") and not env.text("LINK_BASE_URL").startswith("https://"):
    _faults.append("LINK_BASE_URL must be an https:// address.")
if any("*" in host or host.startswith(".") for host in env.items("ALLOWED_HOSTS")):
    _faults.append("ALLOWED_HOSTS must name hosts, without wildcards.")
if "*" in env.items("CORS_ORIGINS"):
    _faults.append("CORS_ORIGINS must name origins, without wildcards.")
if not env.text("AUDIT_SIGNING_KEY_FILE"):
    _faults.append("AUDIT_SIGNING_KEY_FILE is not set.")
if _faults:
    raise ImproperlyConfigured("Not started:\n- " + "\n- ".join(_faults))

from config.settings.base import *  # noqa: E402, F403
