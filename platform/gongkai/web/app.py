"""The application factory. Nothing connects, reads the environment or registers at import."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup

from gongkai.accounts.security import configuration, init_security
from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.web import characters, current, errors, headers, health, shell, sign_in

log = structlog.get_logger()


def create_app(services: Services, modules: Sequence[Module]) -> Flask:
    """The web application over `services`, with the blueprints of `modules`."""
    app = Flask("gongkai.web", static_folder="static", template_folder="templates")
    app.config.update(configuration(services.settings))
    app.config["MAX_CONTENT_LENGTH"] = services.settings.upload_limit_bytes + 1024 * 1024
    # A character of Chinese takes nine bytes in a form that is not multipart.
    app.config["MAX_FORM_MEMORY_SIZE"] = 20 * 1024 * 1024
    app.extensions["gongkai.services"] = services
    app.extensions["gongkai.modules"] = tuple(modules)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    _requests(app)
    characters.register(app)
    CSRFProtect(app)
    init_security(app, current.uow, idle=timedelta(minutes=services.settings.session_minutes))
    app.jinja_env.globals["csrf_field"] = csrf_field
    headers.register(app)
    errors.register(app)
    shell.register(app)
    sign_in.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(shell.blueprint)
    for module in modules:
        for blueprint in module.blueprints:
            app.register_blueprint(blueprint)
    return app


def csrf_field() -> Markup:
    """The hidden input that each form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _requests(app: Flask) -> None:
    """One transaction a request, committed here; one log line a request."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def commit(response: Response) -> Response:
        current.finish(commit=response.status_code < 500)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint != "static":
            log.info("request.done", method=request.method, endpoint=request.endpoint, status=response.status_code)
        return response

    @app.teardown_request
    def release(_: BaseException | None) -> None:
        current.close()
        # Uploads above half a megabyte lie on the disk until they are closed.
        request.close()
