"""Django's settings, from Tongtu's own (`tongtu.config`): a hub is a folder with a database, keys and attachments.

`home` is that folder; `database` is empty for SQLite inside it, or `postgresql://user:password@host/name`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from tongtu.config import settings as own

_OWN = own()


def _value(name: str) -> str:
    return str(_OWN[name].value)


HOME = Path(_value("home") or "hub").resolve()
ADDRESS = _value("address")  # where people reach the hub, such as https://hub.example.org; empty: this machine only
SECURE = ADDRESS.startswith("https://")
DEMO = bool(int(_value("demo_logins")))
SECOND_FACTOR = bool(int(_value("second_factor")))  # what the policy marks `two_factor` asks for one
DEBUG = False


def _secret() -> str:
    """The key of sessions and signatures: made once, kept beside the database, readable by its owner alone."""
    path = HOME / "keys" / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="utf-8")


def _database(url: str) -> dict[str, object]:
    if not url:
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "tongtu.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": pragmas, "timeout": 20},
            "CONN_MAX_AGE": None,
        }
    parts = urlsplit(url)
    query = dict(p.split("=", 1) for p in parts.query.split("&") if "=" in p)
    return {
        "ENGINE": "tongtu.hub.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or unquote(query.get("host", "")),
        "PORT": parts.port or query.get("port", ""),
        "OPTIONS": {"prepare_threshold": 2},  # for what `statements` asks; the ORM's own are never prepared
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret()
DATABASES = {"default": _database(_value("database"))}
ALLOWED_HOSTS = [urlsplit(ADDRESS).hostname] if ADDRESS else ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [ADDRESS] if ADDRESS else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tongtu.hub.look",  # before allauth, whose pages it dresses
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "tongtu.hub.people",
    "tongtu.hub.records",
    "tongtu.hub.jobs",
    "tongtu.hub.care",
    "tongtu.hub.exchange",
    "tongtu.hub.listings",
    "tongtu.hub.matches",
    "tongtu.hub.experts",
    "tongtu.hub.briefs",
    "tongtu.hub.api",
]

MIDDLEWARE = [
    "tongtu.hub.care.requests.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "tongtu.hub.look.versioned.Served",
    "tongtu.hub.look.headers.Uncached",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tongtu.hub.people.asking.Asking",
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tongtu.hub.urls"
WSGI_APPLICATION = "tongtu.hub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongtu.hub.look.context.page",
            ],
            "builtins": ["tongtu.hub.look.templatetags.tongtu"],
        },
    }
]

# --- people -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["tongtu.hub.people.signing.Backend"]
PASSWORD_HASHERS = ["tongtu.hub.people.hashing.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tongtu.hub.look.passwords.Similar"},
    {"NAME": "tongtu.hub.look.passwords.Length", "OPTIONS": {"min_length": 12}},
    {"NAME": "tongtu.hub.look.passwords.Common"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "tongtu.hub.people.signing.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by an invitation that was sent to their address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the invitation went to this address
MFA_TOTP_ISSUER = "Tongtu"
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_ENGINE = "tongtu.hub.people.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tongtu.hub.look.views.forged"

# --- headers ------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked by watchers on this machine
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- words, time, files -------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # files come out of the installed package; nothing has to be collected first
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "tongtu.hub.look.versioned.Marked",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tongtu.hub.look.versioned.Versioned"},
}
MEDIA_ROOT = HOME / "attachments"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MAIL = _value("mail")  # empty: files under home/mail; else smtp://user:password@host:port
EMAIL_BACKEND = "tongtu.hub.care.mail.Backend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _value("mail_from")
