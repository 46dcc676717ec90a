"""A real embeddings endpoint whose model knows a few topics; it can be slow, broken, or refuse a text."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOPICS = (
    ("决算", "钱袋子"),
    ("养犬", "旺财"),
    ("停水", "水龙头"),
    ("落户", "户口"),
    ("防火", "烧纸"),
)
DIMENSIONS = 40


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """One axis a topic; the others for what characters there are, which count a little."""
    axes = [1.0 if any(word in text for word in words) else 0.0 for words in TOPICS]
    others = [0.0] * (dimensions - len(axes))
    for character in text:
        others[ord(character) % len(others)] += 0.1
    return [*axes, *others]


class Endpoint:
    """An endpoint on a free port.

    Attributes:
        asked: (model, texts, authorization) of each request.
        answer: makes (status, body) instead of the right answer, where it is set.
        refused: a text with this piece is never taken.
        wait: seconds before each answer.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str], str | None]] = []
        self.answer: Callable[[list[str]], tuple[int, Any]] | None = None
        self.refused = ""
        self.wait = 0.0
        self.dimensions = DIMENSIONS
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1/embeddings"

    @property
    def texts(self) -> list[str]:
        """Every text it was asked about."""
        return [text for _, texts, _ in self.asked for text in texts]

    def stop(self) -> None:
        """Be gone."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answered(self, texts: list[str]) -> tuple[int, Any]:
        if self.answer is not None:
            return self.answer(texts)
        if self.refused and any(self.refused in text for text in texts):
            return 400, {"error": {"message": "too long"}}
        rows = [{"index": at, "embedding": vector_of(text, self.dimensions)} for at, text in enumerate(texts)]
        return 200, {"object": "list", "data": rows[::-1]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append((body["model"], body["input"], self.headers["Authorization"]))
                time.sleep(endpoint.wait)
                status, answer = endpoint._answered(body["input"])
                sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler
