"""Virus scan of what is stored, by a ClamAV daemon: its INSTREAM command, and a file store that asks it first.

Protocol: clamd(8), section COMMANDS. `zINSTREAM\\0`, then chunks of a length （four bytes, network order） and data, an
empty chunk at the end; the answer is `stream: OK`, `stream: <name> FOUND` or `… ERROR`, ended by a zero byte.
"""

import re
import socket
import struct
from pathlib import Path
from typing import BinaryIO

import structlog

from gongkai.core.errors import DomainError, Refused
from gongkai.core.storage.store import FileStore, StoredFile

log = structlog.get_logger()
TIMEOUT_SECONDS = 60.0
"""For each step of the conversation; a large file is scanned at its end, before the answer."""
_CHUNK = 64 * 1024
_ANSWER_LIMIT = 4096
_FOUND = re.compile(r"stream: (?P<name>.+) FOUND")


class Infected(Refused):
    """The scanner has found something; nothing was kept of the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"文件含有病毒或恶意代码（{name}），未予保存；请用杀毒软件清除后重新上传。")


class ScannerUnavailable(DomainError):
    """A scanner is configured and does not answer; without its word nothing is kept."""

    def __init__(self) -> None:
        super().__init__("病毒扫描暂不可用，请稍后再传。")


def scan(address: str, stream: BinaryIO, *, timeout: float = TIMEOUT_SECONDS) -> None:
    """Have everything that the stream still yields scanned by the daemon at `host:port`, or at a socket's path.

    Raises:
        Infected: with the name that the daemon gives.
        ScannerUnavailable: when it cannot be reached, breaks off, or does not say that the file is clean.
    """
    try:
        with _connect(address, timeout) as connection:
            answer = _converse(connection, stream)
    except OSError as error:
        log.warning("clamd.unreachable", address=address, error=str(error))
        raise ScannerUnavailable from error
    if found := _FOUND.fullmatch(answer):
        log.warning("clamd.found", name=found["name"])
        raise Infected(found["name"])
    if answer != "stream: OK":
        log.warning("clamd.refused", answer=answer)
        raise ScannerUnavailable


def _connect(address: str, timeout: float) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(timeout)
            connection.connect(str(Path(address)))
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout)


def _converse(connection: socket.socket, stream: BinaryIO) -> str:
    try:
        connection.sendall(b"zINSTREAM\0")
        while chunk := stream.read(_CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # The daemon answers and hangs up as soon as the stream is longer than its own limit.
        log.info("clamd.hung_up")
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _ANSWER_LIMIT:
        piece = connection.recv(_ANSWER_LIMIT)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


class ScanningFileStore:
    """A `FileStore` that keeps only what the daemon at `address` calls clean."""

    def __init__(self, files: FileStore, address: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._files = files
        self._address = address
        self._timeout = timeout

    def put(self, stream: BinaryIO, *, limit_bytes: int) -> StoredFile:
        """See `FileStore.put`; the stream must be seekable. Raises `Infected` and `ScannerUnavailable` as well."""
        start = stream.tell()
        scan(self._address, stream, timeout=self._timeout)
        stream.seek(start)
        return self._files.put(stream, limit_bytes=limit_bytes)

    def open(self, digest: str) -> BinaryIO:
        """See `FileStore.open`."""
        return self._files.open(digest)

    def exists(self, digest: str) -> bool:
        """See `FileStore.exists`."""
        return self._files.exists(digest)

    def delete(self, digest: str) -> None:
        """See `FileStore.delete`."""
        self._files.delete(digest)
