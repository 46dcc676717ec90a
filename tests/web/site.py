"""A small site for browser tests: our static files, pages given as text, answers to POST."""

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

STATIC = Path(__file__).parents[2] / "platform" / "gongkai" / "web" / "static"

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass
class Site:
    """What the server shows and has received; `answers` maps a path to status and JSON body of a POST."""

    origin: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    answers: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def show(self, body: str, *, head: str = "", path: str = "/page") -> str:
        """Register a page with the given body and return its address."""
        self.pages[path] = (
            '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>测试页</title>'
            '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/css/tokens.css">'
            f'<link rel="stylesheet" href="/css/editor.css">{head}</head>'
            f"<body><main><h1>测试页</h1>{body}</main></body></html>"
        )
        return self.origin + path


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: Site, *args: object, **kwargs: object) -> None:
        self.site = site
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        page = self.site.pages.get(urlsplit(self.path).path)
        if page is None:
            super().do_GET()
        else:
            self._answer(200, "text/html; charset=utf-8", page)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.site.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path in self.site.answers:
            status, answer = self.site.answers[self.path]
            self._answer(status, "application/json", json.dumps(answer))
        else:
            self._answer(200, "text/html; charset=utf-8", "<!doctype html><title>已保存</title><p>已保存</p>")

    def _answer(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Write nothing: pytest shows what matters."""


@contextmanager
def serve() -> Iterator[Site]:
    """Run the site on a free local port until the block ends."""
    site = Site()
    handler = functools.partial(_Handler, site, directory=str(STATIC))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
