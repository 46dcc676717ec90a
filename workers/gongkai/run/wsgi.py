"""Production's entry: `gunicorn 'gongkai.run.wsgi:production()'`. It never loads a demonstration."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gongkai.core.settings import read_settings
from gongkai.run.compose import keep_for_good, make_app, make_services
from gongkai.run.logs import configure_logs
from gongkai.workers.queues import connect


def production() -> Flask:
    """The web application of a deployment described by the environment.

    Raises:
        ConfigurationError: naming each missing, unknown or malformed key.
    """
    settings = read_settings(os.environ)
    configure_logs(settings.log_format)
    app = make_app(make_services(settings, redis=connect(settings.redis_url)))
    if proxies := settings.trusted_proxies:
        # Without it all visitors would share the proxy's address, and one of them could have all locked out.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    keep_for_good()
    return app
