"""What holds in every environment. The values come from `config.env`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import env
from config.settings.database import database_settings
from config.settings.email import email_settings
from config.settings.keys import access_signer, audit_signing_files
from config.settings.logs import logging_settings
from config.settings.storage import storage_settings

BASE_DIR = env.BASE_DIR
DATA_DIR = env.DATA_DIR
APP_ENV = env.app_env()
DEBUG = False

# --- Where it listens and what it calls itself --------------------------------------------------
HOST = env.text("HOST")
PORT = env.number("PORT", least=1, most=65535)
PUBLIC_URL = (env.text("PUBLIC_URL") or f"http://localhost:{PORT}").rstrip("/")
LINK_BASE_URL = (env.text("LINK_BASE_URL") or PUBLIC_URL).rstrip("/")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS") or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, [urlsplit(PUBLIC_URL).hostname]),
]
CORS_ORIGINS = frozenset(env.items("CORS_ORIGINS"))
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
BRAND_NAME = env.text("BRAND_NAME")
BRAND_COLOR = env.text("BRAND_COLOR")
BRAND_LOGO = env.text("BRAND_LOGO")

# --- Secrets: each list's first one signs or encrypts, all of them verify or decrypt -------------
SECRETS = env.secret_list("SECRET_KEY")
SECRET_KEY = env.stretch(SECRETS[0], "django").hex()
SECRET_KEY_FALLBACKS = [env.stretch(secret, "django").hex() for secret in SECRETS[1:]]
FIELD_ENCRYPTION_KEYS = env.secret_list("FIELD_ENCRYPTION_KEYS")
JWT_ACCESS_SECRETS = env.secret_list("JWT_ACCESS_SECRET")
JWT_REFRESH_SECRETS = env.secret_list("JWT_REFRESH_SECRET")
JWT_SIGNER = access_signer()
AUDIT_SIGNING_KEY_FILES = audit_signing_files()
HEALTH_TOKEN = env.text("HEALTH_TOKEN")

# --- Lifetimes and policy ------------------------------------------------------------------------
JWT_ACCESS_EXPIRY = env.duration("JWT_ACCESS_EXPIRY")
JWT_REFRESH_EXPIRY = env.duration("JWT_REFRESH_EXPIRY")
SESSION_LIFETIME = env.duration("SESSION_LIFETIME")
STAFF_IDLE = env.duration("STAFF_IDLE")
STAFF_LIFETIME = env.duration("STAFF_LIFETIME")
REAUTHENTICATION_WINDOW = env.optional_duration("REAUTHENTICATION_WINDOW")
RATE_LIMIT_DEFAULT = env.rate("RATE_LIMIT_DEFAULT")
RATE_LIMIT_AUTH = env.rate("RATE_LIMIT_AUTH")
RATE_LIMIT_UPLOAD = env.rate("RATE_LIMIT_UPLOAD")
PASSWORD_HASHER = env.choice("PASSWORD_HASHER", "bcrypt", "argon2id")
LOCKOUT_THRESHOLD = env.number("LOCKOUT_THRESHOLD", least=1, most=100)
LOCKOUT_DURATION = env.duration("LOCKOUT_DURATION")
PASSWORD_POLICY = env.choice("PASSWORD_POLICY", "composition", "length")
PREVENT_ENUMERATION = env.flag("PREVENT_ENUMERATION")
REQUIRE_VERIFIED_EMAIL = env.flag("REQUIRE_VERIFIED_EMAIL") or PREVENT_ENUMERATION
REGISTRATION_OPEN = env.flag("REGISTRATION_OPEN")
AUDIT_RETENTION_DAYS = env.number("AUDIT_RETENTION_DAYS", least=1, most=36500)
ADMIN_EMAIL = env.text("ADMIN_EMAIL")
ADMIN_USERNAME = env.text("ADMIN_USERNAME")
HASH_QUEUE = {"at_once": 1, "waiting": 8, "seconds": 5.0, "per_account": 1, "per_address": 4}

# --- Django --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "accounts",
    "rbac",
    "audit",
    "notifications",
    "config.staff_apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular_sidecar",
    "django_otp",
    "axes",
    "guardian",
]

# One layer for the API; sessions, CSRF and messages only where there are pages.
MIDDLEWARE = [
    "config.common.middleware.EdgeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.common.middleware.PageMiddleware",
]
PAGE_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.BrowserSessionMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # 2.5 MiB, the contract's bound for uploads
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.common.pages.brand",
                "accounts.web.overview.places",
                "accounts.web.impersonation.banner",
            ],
            "libraries": {"staff_lists": "config.common.staff_lists"},
        },
    }
]

# --- Database: SQLite without set-up, PostgreSQL by setting ---------------------------------------
DATABASES = {"default": database_settings()}

# --- Cache: counters and short-lived copies. Losing it loses nothing that matters -----------------
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        alias: {
            "BACKEND": backend,
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": env.text("REDIS_KEY_PREFIX"),
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
        for alias, backend in (
            ("default", "django.core.cache.backends.redis.RedisCache"),
            ("counters", "config.common.cache.CountingRedisCache"),
        )
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "counters": {
            "BACKEND": "config.common.cache.CountingLocalCache",
            "LOCATION": "counters",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        },
    }

# --- Who may sign in, and how ---------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.authentication.PasswordBackend",
    "rbac.backends.RoleBackend",
    "rbac.backends.PersonGrantBackend",
]
_hashers = {
    "bcrypt": "accounts.hashers.BCrypt12PasswordHasher",
    "argon2id": "accounts.hashers.Argon2idPasswordHasher",
}
PASSWORD_HASHERS = [
    _hashers.pop(PASSWORD_HASHER),
    *_hashers.values(),
    # Read, and upgraded at the next login; nothing is written with these.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "accounts.hashers.OldBCryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.services.passwords.PolicyValidator"}]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"

# The lockout rule is ours, carried by a handler of ours; axes keeps the failure records.
AXES_HANDLER = "accounts.services.axes_handler.Handler"
AXES_CLIENT_IP_CALLABLE = "config.common.request_meta.client_ip"
AXES_SENSITIVE_PARAMETERS = ["password", "identifier"]
AXES_VERBOSE = False

GUARDIAN_USER_OBJ_PERMS_MODEL = "rbac.PersonGrant"
GUARDIAN_GROUP_OBJ_PERMS_MODEL = "rbac.RoleGrant"
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
ANONYMOUS_USER_NAME = None

OTP_TOTP_THROTTLE_FACTOR = 0  # our own counter, traps and all, replaces it
OTP_TOTP_ISSUER = BRAND_NAME

SILENCED_SYSTEM_CHECKS = [
    # django-ratelimit distrusts every cache it does not know; ours counts atomically (tested).
    "django_ratelimit.E003",
    "django_ratelimit.W001",
    # The page middleware carries what the admin asks for.
    "admin.E408",
    "admin.E409",
    "admin.E410",
    # Our handler decides by account, network and device; axes knows one rule only.
    "axes.W002",
    "axes.W006",
    # A subclass of guardian's backend is hooked.
    "guardian.W001",
    # The edge middleware sends what Django's security and clickjacking layers would,
    "security.W001",
    "security.W002",
    # and the page middleware carries the one against forged forms.
    "security.W003",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.common.api.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["config.common.api.wire.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.common.api.wire.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.common.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "config.common.api.exceptions.to_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {"OAS_VERSION": "3.1.1"}
SIMPLE_JWT = {
    "USER_ID_CLAIM": "sub",
    "ACCESS_TOKEN_LIFETIME": JWT_ACCESS_EXPIRY,
    "REFRESH_TOKEN_LIFETIME": JWT_REFRESH_EXPIRY,
    "LEEWAY": timedelta(0),
}
RATELIMIT_USE_CACHE = "counters"
# Where the counters' cache is away, calls that check a secret are counted here instead.
RATE_LIMIT_FALLBACK = "accounts.services.limits.count"

# --- Pages, cookies, headers ----------------------------------------------------------------------
SECURE = PUBLIC_URL.startswith("https://")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_FAILURE_VIEW = "config.common.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if SECURE else []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Served from where they lie: a fresh clone needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STORAGES, MEDIA_ROOT = storage_settings()
MEDIA_URL = "/media/"

# --- Mail, language, time, logs -------------------------------------------------------------------
globals().update(email_settings())
MAILBOX: Path | None = None  # where development keeps what was sent
LANGUAGE_CODE = env.text("DEFAULT_LANGUAGE")
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = logging_settings()
