"""Runs a module of ours over one file in a process of its own, without rights, secrets or time to spare."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import BinaryIO

import structlog

from gongkai.core.extraction.reasons import DAMAGED, LIMIT, OVERRUN, Unreadable

log = structlog.get_logger()
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost.

    Attributes:
        seconds: of wall clock and of processor time, each.
        memory_bytes: address space of the child process.
        input_bytes: a larger file is not read at all.
        output_bytes: of the answer; a child that writes more is killed.
        characters: of text, all places together.
        unpacked_bytes, members, ratio: of all archives in the file, and of each member.
    """

    seconds: int = 30
    memory_bytes: int = 1024**3
    input_bytes: int = 100 * 1024**2
    output_bytes: int = 100 * 1024**2
    characters: int = 2_000_000
    unpacked_bytes: int = 300 * 1024**2
    members: int = 5_000
    ratio: int = 200


DEFAULT = Limits()


def run_confined(module: str, stream: BinaryIO, *, limits: Limits, options: Mapping[str, object]) -> bytes:
    """What `module` answers to the file; it gets `limits` and `options` as one JSON argument.

    Raises:
        Unreadable: when the file is too large, the child ran into a limit, or failed over it.
    """
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        _copy(stream, source, limits.input_bytes)
        source.seek(0)
        try:
            status = subprocess.run(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-s", "-m", module, json.dumps({**asdict(limits), **options})],
                stdin=source,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd=tempfile.gettempdir(),
                timeout=limits.seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise Unreadable(OVERRUN) from None
        if status:
            # A signal ended it at a limit; any other failure is the file's fault.
            log.warning("confined.failed", module=module, status=status)
            raise Unreadable(OVERRUN if status < 0 else DAMAGED)
        answer.seek(0)
        return answer.read()


def _environment() -> dict[str, str]:
    """Where modules are found, and nothing else: addresses and secrets stay with the parent."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _copy(stream: BinaryIO, target: BinaryIO, limit: int) -> None:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise Unreadable(LIMIT)
        target.write(chunk)
    target.flush()
