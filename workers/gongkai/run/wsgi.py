"""Production's entry: `gunicorn 'gongkai.run.wsgi:production()'`. It never loads a demonstration."""

import os

from flask import Flask

from gongkai.core.settings import read_settings
from gongkai.run.compose import make_app, make_services
from gongkai.run.logs import configure_logs
from gongkai.workers.queues import connect


def production() -> Flask:
    """The web application of a deployment described by the environment.

    Raises:
        ConfigurationError: naming each missing, unknown or malformed key.
    """
    settings = read_settings(os.environ)
    configure_logs(settings.log_format)
    return make_app(make_services(settings, redis=connect(settings.redis_url)))
