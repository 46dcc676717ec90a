"""Servers elsewhere: one that answers as it is told, and some that behave badly."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


@dataclass
class Answer:
    """What a path answers with; `head` in place of `status` where HEAD is answered differently."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    head: int | None = None


class Site:
    """A web server on this machine; `pages` is path → answer, `asked` the methods and paths, `seen` the headers."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.seen: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                answer = site.note(self)
                self.answer(answer.status if answer.head is None else answer.head, answer.headers)

            def do_GET(self) -> None:
                answer = site.note(self)
                self.answer(answer.status, answer.headers)

            def answer(self, status: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def note(self, handler: BaseHTTPRequestHandler) -> Answer:
        """Remember a request; its answer."""
        self.asked.append(f"{handler.command} {handler.path}")
        self.seen.append({name.lower(): value for name, value in handler.headers.items()})
        return self.pages.get(handler.path, Answer(404))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, status: int = 200, *, head: int | None = None, **headers: str) -> str:
        """Answer a path with this; returns its address."""
        self.pages[path] = Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, head)
        return self.at(path)

    def moved(self, path: str, place: str) -> str:
        """Send whoever asks for a path to another place; returns its address."""
        return self.put(path, 302, Location=place)


@contextmanager
def speaking(say: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """The port of a server that does with each connection what `say` says, until the event is set."""
    server, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()
    threads: list[threading.Thread] = []

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=attend, args=(connection,)))
            threads[-1].start()

    def attend(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            say(connection, stop)

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield server.getsockname()[1]
    finally:
        stop.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        accepting.join()
        for thread in threads:
            thread.join()


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate that its own authority signed for an address, and its key."""
    chain, key = folder / "site.pem", folder / "site.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(chain), "-days", "2", "-subj", "/CN=site"]
    subprocess.run([*command, "-addext", f"subjectAltName={host}"], check=True, capture_output=True)
    return chain, key


@contextmanager
def encrypted(folder: Path, host: str = "IP:127.0.0.1") -> Iterator[tuple[int, Path]]:
    """The port of a server that answers 200 over TLS, and its certificate."""
    chain, key = certificate(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    def say(connection: socket.socket, _: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(4096)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with speaking(say) as port:
        yield port, chain
