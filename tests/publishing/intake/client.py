"""Reference client of the intake interface, with the standard library alone （`docs/intake.md`）.

client = IntakeClient("https://xxgk.example.gov.cn", key, secret)
status, receipt = client.send({"id": "2026-113", "title": …, "text": "通知.docx"}, text=data)
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

ROOT = "/api/intake/v1/documents"
Answer = tuple[int, dict[str, Any]]
Transport = Callable[[str, str, Mapping[str, str], bytes], Answer]


class IntakeClient:
    """Sends documents and asks where they stand; `transport` is for those who speak HTTP in another way."""

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.base_url, self.key, self.secret = base_url, key, secret
        self.transport, self.clock = transport or self._over_http, clock

    def send(self, document: Mapping[str, Any], *, text: bytes, attachments: Sequence[bytes] = ()) -> Answer:
        """Send a document: status and receipt, or status and problem."""
        fields = json.dumps(document, ensure_ascii=False).encode()
        parts = [("document", fields), ("text", text), *(("attachment", data) for data in attachments)]
        boundary = secrets.token_hex(16)
        lines = []
        for name, data in parts:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
            lines += [head.encode(), data, b"\r\n"]
        body = b"".join([*lines, f"--{boundary}--\r\n".encode()])
        headers = self.signed("POST", ROOT, parts) | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.transport("POST", ROOT, headers, body)

    def state(self, external_id: str) -> Answer:
        """Where a document stands."""
        path = f"{ROOT}/{external_id}"
        return self.transport("GET", path, self.signed("GET", path, []), b"")

    def signed(self, method: str, path: str, parts: Sequence[tuple[str, bytes]]) -> dict[str, str]:
        """The four headers of a request."""
        timestamp, nonce = str(int(self.clock())), secrets.token_urlsafe(18)
        digests = [f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in parts]
        told = "\n".join(["GONGKAI-INTAKE-1", method, path, timestamp, nonce, *digests])
        signature = hmac.new(self.secret.encode(), told.encode(), hashlib.sha256).hexdigest()
        return {
            "X-Intake-Key": self.key,
            "X-Intake-Timestamp": timestamp,
            "X-Intake-Nonce": nonce,
            "X-Intake-Signature": signature,
        }

    def _over_http(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(self.base_url)
        connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(parts.netloc, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
