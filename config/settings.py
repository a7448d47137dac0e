"""Every setting, in one file. Environments differ by environment variables only."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config.env import (
    env_bool,
    env_int,
    env_list,
    env_ports,
    env_secret,
    env_text,
    parse_database_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where the product is reached -----------------------------------------------------------
PUBLIC_URL = env_text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
IS_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = [
    _public.hostname or "127.0.0.1",
    *env_list("ALLOWED_HOSTS", [] if IS_HTTPS else ["127.0.0.1", "localhost", "testserver"]),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DEBUG = False
SECRET_KEY = env_secret("SECRET_KEY", None if IS_HTTPS else "only-for-plain-http-on-this-machine")
# Keys that wrap each organisation's data key: "id:base64 of 32 bytes", the first one writes.
CREDENTIAL_KEYS = env_secret(
    "CREDENTIAL_KEYS",
    None if IS_HTTPS else "local:bG9jYWwtb25seS1sb2NhbC1vbmx5LWxvY2FsLW9ubHk=",
)

# --- Applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "lib",
    "accounts",
    "portfolio",
    "okrs",
    "funding",
    "integrations",
    "governance",
    "reviews",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "template_partials",
    "heroicons",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

# The linter of migrations is a tool of `make check`, not a part of the product.
if env_bool("LINT_MIGRATIONS", False):  # noqa: FBT003 (the default, read like the others)
    INSTALLED_APPS.append("django_migration_linter")

MIDDLEWARE = [
    "config.observing.requests.ObservingMiddleware",
    "accounts.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PrivateResponseMiddleware",
    "accounts.middleware.SessionLimitMiddleware",
    "accounts.middleware.TenantMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

FORM_RENDERER = "lib.form_renderer.FormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # Its `url` works each address out once.
            "builtins": ["lib.templatetags.addresses"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
                "config.navigation.navigation",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------
_LOCAL = "postgresql://{}@127.0.0.1/flotilla"
# Kept between requests and between tasks, and tried before each of them.
KEPT: dict[str, Any] = {
    "CONN_MAX_AGE": env_int("CONN_MAX_AGE", 600),
    "CONN_HEALTH_CHECKS": True,
}
APP_DATABASE = parse_database_url(env_text("DATABASE_URL", _LOCAL.format("flotilla_app")))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **APP_DATABASE,
        "ENGINE": "accounts.database",
        **KEPT,
        "ATOMIC_REQUESTS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    },
    # Migrations, the demo loader and operators' commands; no request uses it.
    "owner": {
        **parse_database_url(env_text("DATABASE_OWNER_URL", _LOCAL.format("flotilla_owner"))),
        "ENGINE": "accounts.database",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    },
    # Finds waiting work over all organisations; may read the outbox and the due runs, no more.
    "dispatch": {
        **parse_database_url(env_text("DATABASE_DISPATCH_URL", _LOCAL.format("flotilla_dispatch"))),
        **KEPT,
        "ENGINE": "accounts.database",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    },
}
# Where `move_organization` moves to, as the owner there; only that command reads it.
TARGET_DATABASE_OWNER_URL = env_secret("TARGET_DATABASE_OWNER_URL", "")
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "lib.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "flotilla",
    },
}

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["accounts.authentication.PersonBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Only in the browser that signed up: a link alone lets nobody in.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "login": "accounts.account_forms.SignInForm",
    "add_email": "accounts.account_forms.AddEmailForm",
    "reset_password": "accounts.account_forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.account_forms.NewPasswordForm",
    "change_password": "accounts.account_forms.ChangePasswordForm",
}
# A change of password, address or second factor is told to the owner of the account.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Flotilla"
USERSESSIONS_TRACK_ACTIVITY = True
# Administrators without a second factor are led to set one up before anything else.
REQUIRE_SECOND_FACTOR_OF_ADMINS = env_bool("REQUIRE_SECOND_FACTOR_OF_ADMINS", IS_HTTPS)
INVITATION_LIFETIME = timedelta(days=14)

# --- Mail -----------------------------------------------------------------------------------
EMAIL_BACKEND = (
    "lib.mail.SmtpBackend"
    if env_text("EMAIL_HOST", "")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env_text("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env_text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD", "")
# Seconds: to let us in, which people who sign up wait for, and to take what is said then.
EMAIL_TIMEOUT = 5
EMAIL_TAKING_TIMEOUT = 20
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", True)  # noqa: FBT003 (the default, read like the others)
DEFAULT_FROM_EMAIL = env_text("EMAIL_FROM", "Flotilla <flotilla@localhost>")

# --- Browser --------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "flotilla_session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "flotilla_csrf"
MESSAGE_COOKIE_NAME = "__Host-messages" if IS_HTTPS else "flotilla_messages"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ABSOLUTE_AGE = 14 * 24 * 3600
SESSION_IDLE_AGE = env_int("SESSION_IDLE_SECONDS", 3 * 24 * 3600)
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_TLS_PROXY", IS_HTTPS) else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
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
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MESSAGE_STORAGE = "accounts.message_storage.MessageStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []

STATIC_URL = "/static/"
# Collected for https only; elsewhere files are served from where they lie.
STATIC_ROOT = env_text("STATIC_ROOT", str(BASE_DIR / "staticfiles") if IS_HTTPS else "") or None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_HTTPS
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
    },
}
WHITENOISE_USE_FINDERS = not IS_HTTPS
WHITENOISE_MAX_AGE = 3600 if IS_HTTPS else 0

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["accounts.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.rendering.OrjsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_access.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_access.HasPermission"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api_schema.TenantSchema",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api_access.PrincipalThrottle"],
    "DEFAULT_THROTTLE_RATES": {"principal": env_text("API_RATE", "1200/min")},
    "EXCEPTION_HANDLER": "accounts.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flotilla API",
    "DESCRIPTION": "Portfolio OKRs over REST: whatever a page can do, a script can do.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used: many fields share a name such as "state".
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVERS": [{"url": PUBLIC_URL}],
}

# --- Background work ------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # No queue starves another: a worker takes from each in turn.
    "queue_order_strategy": "round_robin",
    # A request that cannot reach the broker goes on; the dispatcher sends its work later.
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "config.scheduler.Scheduler"
# Without the prefix: RedBeat warns of names that it does not find as they are.
REDBEAT_REDIS_URL = REDIS_URL
REDBEAT_REDIS_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 30}
REDBEAT_LOCK_TIMEOUT = 30
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# Each queue has its worker in `config.queues`.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    # A mail server may take its time; nothing else but chores shall wait for it.
    "accounts.tasks.deliver_letter": {"queue": "mail"},
    "accounts.tasks.gather_mail": {"queue": "mail"},
    "accounts.tasks.*": {"queue": "outbox"},
    # What every organisation has in its turn, and nobody waits for.
    "okrs.tasks.refresh_pace": {"queue": "rounds"},
    "okrs.tasks.verify_scores": {"queue": "rounds"},
    "okrs.tasks.remind": {"queue": "rounds"},
    "integrations.tasks.forget_old": {"queue": "rounds"},
    # What finds and starts the rest is short.
    "integrations.tasks.start_due*": {"queue": "default"},
    "integrations.tasks.forget_old_everywhere": {"queue": "default"},
    # What people wait for, and what the schedule asked for.
    "integrations.tasks.run_sync_soon": {"queue": "soon"},
    "integrations.tasks.replay_link": {"queue": "soon"},
    "integrations.tasks.apply_rules": {"queue": "soon"},
    "integrations.tasks.*": {"queue": "sync"},
}
# A turn of a reading takes seconds: no more than a few shall lie before whoever comes next. Rounds
# are looked at each second.
QUEUE_DEPTHS = {"soon": 4, "sync": 4, "rounds": 20}
CELERY_TIMEZONE = "UTC"
# Silence after which a background process is shown as stopped.
HEARTBEAT_STALE_AFTER = timedelta(seconds=90)

# --- Other people's services ----------------------------------------------------------------
# Only for the demo and tests, whose stand-ins live on this machine.
OUTBOUND_ALLOW_LOOPBACK = env_bool("OUTBOUND_ALLOW_LOOPBACK", False)  # noqa: FBT003
# Networks of self-hosted Jira that the operator opens, e.g. "10.20.0.0/16".
OUTBOUND_ALLOWED_NETWORKS = env_list("OUTBOUND_ALLOWED_NETWORKS", [])
# Ports of those networks' services and of everybody's, e.g. "443,8443".
OUTBOUND_ALLOWED_PORTS = env_ports("OUTBOUND_ALLOWED_PORTS", [443])
# A PEM file of the company's own certificate authority; a system check reads it.
OUTBOUND_CA_FILE = env_text("OUTBOUND_CA_FILE", "")

# This installation as an app of the services at which people can sign in to connect them. The
# stand-ins are for the demo and tests, and count only where this machine may be reached.
OAUTH_APPS = {
    "jira-cloud": {
        "client_id": env_text("JIRA_OAUTH_CLIENT_ID", ""),
        "client_secret": env_secret("JIRA_OAUTH_CLIENT_SECRET", ""),
        "stand_in": env_text("JIRA_OAUTH_STANDIN", ""),
    },
    "linear": {
        "client_id": env_text("LINEAR_OAUTH_CLIENT_ID", ""),
        "client_secret": env_secret("LINEAR_OAUTH_CLIENT_SECRET", ""),
        "stand_in": env_text("LINEAR_OAUTH_STANDIN", ""),
    },
}

# --- What operators see ----------------------------------------------------------------------
# A statement that takes as long is logged with the name of its view or task, never with its values.
SLOW_QUERY_MS = env_int("SLOW_QUERY_MS", 500)
# What a scraper of /metrics must show; without one there is no such page.
METRICS_TOKEN = env_secret("METRICS_TOKEN", "")

# --- Logs -----------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "lib.redaction.RedactSecrets"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["redact"],
            "formatter": "line",
        },
    },
    "root": {"handlers": ["console"], "level": env_text("LOG_LEVEL", "WARNING")},
}
