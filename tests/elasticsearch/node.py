"""A running node: started on a free port, frozen, killed, stopped."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.elasticsearch.home import home, java

HEAP = "400m"
_COLLECTOR = "-XX:+UseG1GC", "-XX:G1ReservePercent=15", "-XX:InitiatingHeapOccupancyPercent=30"
"""As Elasticsearch has it: by the heap's occupancy it refuses work, and another collector lets that grow to the end."""
START_LIMIT = 90
STOP_LIMIT = 20


def command(folder: Path, *, owner: int = 0, heap: str = HEAP, settings: Mapping[str, str | int]) -> list[str]:
    """The command line of a node whose data lie in `folder`; it ends with the process `owner`, if one is given."""
    root = home()
    values = {"path.data": folder / "data", "path.logs": folder / "logs", "transport.port": 0, **settings}
    options = {
        "java.io.tmpdir": root / "tmp", "es.path.home": root, "es.path.conf": root / "config", "gongkai.owner": owner,
        "java.awt.headless": "true", "file.encoding": "UTF-8", "log4j2.disable.jmx": "true",
        "log4j.shutdownHookEnabled": "false", "io.netty.noUnsafe": "true", "io.netty.noKeySetOptimization": "true",
        # Its native build is not published, and where it fails to load native access fails as a whole.
        "org.elasticsearch.nativeaccess.enableVectorLibrary": "false",
    }  # fmt: skip
    return [
        str(java()), f"-Xms{heap}", f"-Xmx{heap}", "-Xss1m", *_COLLECTOR, "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED",
        *(f"-D{key}={value}" for key, value in options.items()),
        "-cp", f"{root}/lib/*", "Main", *(f"{key}={value}" for key, value in values.items()),
    ]  # fmt: skip


@dataclass
class Node:
    """A node of a test's own, which may be hurt. Its data outlive `kill`; `start` goes on with them."""

    folder: Path
    port: int
    heap: str = HEAP
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, owner: int | None = None) -> None:
        """Start it and wait until it serves; it ends with the process `owner`, if not before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings: dict[str, str | int] = {"http.port": self.port}
        with (self.folder / "node.log").open("ab") as log:
            line = command(self.folder, owner=owner or os.getpid(), heap=self.heap, settings=settings)
            self.process = subprocess.Popen(line, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_LIMIT
        while not self.serves():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the node did not start:\n" + (self.folder / "node.log").read_text()[-4000:])
            time.sleep(0.1)

    def serves(self) -> bool:
        """Whether every index can be searched."""
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health?timeout=1s", timeout=5) as answer:
                return json.load(answer)["status"] in ("green", "yellow")
        except (urllib.error.URLError, OSError):
            return False

    def freeze(self) -> None:
        """It keeps its connections and says nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone at once."""
        self._signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> None:
        """End it in order."""
        if self.process is None or self.process.poll() is not None:
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
