"""RQ in every mode: a real server in production, `fakeredis` in a thread in embedded mode.

Jobs take ids and JSON scalars; the services they work with are bound once per process, at start.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import fakeredis
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.timeouts import TimerDeathPenalty

from gongkai.core.module import Module
from gongkai.core.ports import Services
from gongkai.workers.outbox import TURN_SECONDS, drain
from gongkai.workers.schedule import entries

log = structlog.get_logger()
QUEUE = "gongkai"
DRAIN_SECONDS = 300
"""After which a drain is broken off; it ends by itself long before (`TURN_SECONDS`)."""
FAILURE_SECONDS = 3600
IDLE_SECONDS = 1
"""How long a thread waits for a job before it looks whether it should stop."""
_bound: dict[str, Any] = {}


def bind(services: Services, modules: Sequence[Module]) -> None:
    """Give this process's jobs their services."""
    _bound["services"], _bound["modules"] = services, tuple(modules)


def drain_outbox() -> int:
    """Job: work off the outbox."""
    return drain(_bound["services"], _bound["modules"], seconds=TURN_SECONDS)


def run_periodic(name: str) -> None:
    """Job: run one entry of the schedule."""
    found = {entry.name: entry for entry in entries(_bound["modules"])}
    found[name].task(_bound["services"])


def connect(redis_url: str) -> Redis:
    """The job store; an empty address gives one inside this process."""
    if redis_url:
        return Redis.from_url(redis_url)
    return fakeredis.FakeRedis()


def announce(connection: Redis) -> Callable[[], None]:
    """What a unit of work calls after commit: ask for a drain. A lost job store only delays it (decision 9)."""
    queue = Queue(QUEUE, connection=connection)

    def ask() -> None:
        try:
            queue.enqueue(drain_outbox, job_timeout=DRAIN_SECONDS, result_ttl=0, failure_ttl=FAILURE_SECONDS)
        except RedisError as error:
            log.warning("queue.unreachable", error=str(error))

    return ask


def enqueue_periodic(connection: Redis) -> Callable[[str], None]:
    """Enqueues one entry of the schedule by its name, unless it still waits or runs from the last time.

    The function that it returns raises `RedisError` when the job store does not answer.
    """
    queue = Queue(QUEUE, connection=connection)

    def enqueue(name: str) -> None:
        job_id = "periodic-" + name.replace(".", "-")
        if queue.fetch_job(job_id) is None:
            queue.enqueue(run_periodic, name, job_id=job_id, job_timeout=DRAIN_SECONDS, result_ttl=0, failure_ttl=0)

    return enqueue


class ThreadWorker(SimpleWorker):
    """A worker that runs inside a thread: no signal handlers, a timer instead of SIGALRM."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Signals belong to the main thread."""

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next job; RQ itself would wait for one before it looks whether it should stop."""
        while not self._stop_requested:
            found = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time or IDLE_SECONDS)
            if found is not None or max_idle_time is not None:
                return found
        return None

    def request_thread_stop(self) -> None:
        """End the loop after the running job."""
        self._stop_requested = True

    def work_until_stopped(self) -> None:
        """Work jobs; RQ ends its loop at what it does not expect, and nobody would start this thread again."""
        while not self._stop_requested:
            self.work(logging_level="WARNING", with_scheduler=False)
            if not self._stop_requested:
                log.error("worker.ended")
                time.sleep(IDLE_SECONDS)


def start_thread(connection: Redis) -> tuple[ThreadWorker, threading.Thread]:
    """Run a worker in a daemon thread; `request_thread_stop` ends it within seconds of the running job's end."""
    worker = ThreadWorker([Queue(QUEUE, connection=connection)], connection=connection)
    thread = threading.Thread(target=worker.work_until_stopped, name="jobs", daemon=True)
    thread.start()
    return worker, thread
