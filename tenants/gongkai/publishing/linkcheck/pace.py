"""How fast hosts are asked: one request a second each, two at a time, none while a host asked for a pause."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL_SECONDS = 1.0
AT_ONCE = 2


class OnHold(Exception):
    """The host asked to be left alone; `seconds` more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Pace:
    """Turns of all threads at all hosts."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._places: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(AT_ONCE))

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """Wait until the host may be asked; gives the seconds that were waited.

        Raises:
            OnHold: when it asked for a pause.
        """
        began = self._clock()
        with self._lock:
            place = self._places[host]
        with place:
            with self._lock:
                now = self._clock()
                pause = self._held.get(host, now) - now
                if pause > 0:
                    raise OnHold(pause)
                at = max(now, self._next.get(host, now))
                self._next[host] = at + INTERVAL_SECONDS
            if at > now:
                self._sleep(at - now)
            yield self._clock() - began

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host alone for a while."""
        with self._lock:
            self._held[host] = max(self._held.get(host, 0.0), self._clock() + seconds)
