"""`gongkai run`: the whole product in one process, from an empty data folder to a page in the browser."""

import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType

import fakeredis
import waitress

from gongkai.core.ports import Services
from gongkai.core.settings import ConfigurationError, Settings
from gongkai.core.storage.store import StorageFull
from gongkai.core.uow import system_clock
from gongkai.embedded.errors import EmbeddedPostgresError
from gongkai.run.compose import keep_for_good, make_app, make_services
from gongkai.run.demo.loader import DEMONSTRATION_LOGINS, load_demonstration, needs_demonstration
from gongkai.run.local import local_settings
from gongkai.run.logs import configure_logs
from gongkai.run.modules import MODULES
from gongkai.workers.queues import enqueue_periodic, start_thread
from gongkai.workers.schedule import Ticker, entries

HOST = "127.0.0.1"
THREADS = 8
OVERSIZE = 8
"""So many times the limit of an upload still gets our own page; what is greater, the server refuses in its words."""


class PortTaken(Exception):
    """The port is in use; the message says what to do."""


def say(message: str) -> None:
    """One line for the person at the terminal."""
    print(message, flush=True)  # noqa: T201 - this is the program's own voice


def run_embedded(environ: Mapping[str, str], *, demonstration: bool) -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code. Every failure is one Chinese sentence."""
    configure_logs("console", level="WARNING")
    stop = threading.Event()

    def ask_to_stop(_: int, __: FrameType | None) -> None:
        stop.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, ask_to_stop)
    # A script that starts us in the background leaves SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            port = _free_port(environ)
            settings = stack.enter_context(local_settings(environ, say))
            _serve(settings, port, stack, demonstration=demonstration)
    except KeyboardInterrupt:
        pass  # Asked to stop before the server ran, which otherwise takes the signal itself.
    except (PortTaken, ConfigurationError, EmbeddedPostgresError, StorageFull) as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        return 3
    say("\n已停止，数据已保存。再次运行 make run 即可继续使用。")
    return 0


def _serve(settings: Settings, port: int, stack: ExitStack, *, demonstration: bool) -> None:
    redis = fakeredis.FakeRedis()
    services = make_services(settings, redis=redis)
    stack.callback(services.database.engine.dispose)
    if demonstration and needs_demonstration(services):
        load_demonstration(services, MODULES, report=say)
    worker, thread = start_thread(redis)
    ticker = Ticker(entries(MODULES), enqueue_periodic(redis))
    ticker.start(system_clock)
    stack.callback(thread.join, 10)
    stack.callback(worker.request_thread_stop)
    stack.callback(ticker.stop)
    server = waitress.create_server(
        make_app(services), host=HOST, port=port, threads=THREADS, ident=None,
        max_request_body_size=settings.upload_limit_bytes * OVERSIZE,
    )  # fmt: skip
    stack.callback(server.close)
    _welcome(services, port)
    keep_for_good()
    server.run()


def _free_port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise PortTaken(f"PORT={text} 不是有效的端口号，请使用 1 到 65535 之间的数字，例如 PORT=8080 make run。")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except OSError as error:
            raise PortTaken(
                f"端口 {text} 已被占用或不可用。请先停止占用该端口的程序，或换一个端口：PORT=8080 make run"
            ) from error
    return int(text)


def _welcome(services: Services, port: int) -> None:
    say(f"\n政府信息公开平台已启动：http://{HOST}:{port}/")
    say(f"数据保存在 {services.settings.data_directory}，按 Ctrl-C 停止。")
    if needs_demonstration(services):
        say("数据库中还没有单位。请先用 gongkai tenants import 导入名录，")
        say("再用 gongkai people create-admin 建立管理员。")
        return
    say("演示账号（密码均相同，见每行末尾）：")
    for login in DEMONSTRATION_LOGINS:
        say(f"  {login}")
