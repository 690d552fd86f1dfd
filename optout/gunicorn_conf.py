"""gunicorn -c python:optout.gunicorn_conf optout.wsgi (docs/deployment.md: BIND_ADDRESS and gunicorn's own names)."""

import os
from typing import Any

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")

# In a container 0.0.0.0: what reaches it from outside is for the engine to say.
bind = f"{os.environ.get('BIND_ADDRESS', '127.0.0.1')}:{settings.PORT}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
graceful_timeout = 8
control_socket_disable = True  # It would be made outside DATA_DIR.
# gunicorn's own loggers hand their records to the one handler, which blots out secrets.
logconfig_dict: dict[str, Any] = {
    **settings.LOGGING,
    "loggers": {
        **settings.LOGGING["loggers"],
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
        # Off: addresses may carry one-time links. The proxy in front keeps an access log.
        "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
