"""The two background processes of a production deployment: `gongkai worker` and `gongkai scheduler`."""

from collections.abc import Mapping, Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.cron import CronScheduler

from gongkai.core.module import Periodic
from gongkai.core.ports import Services
from gongkai.core.settings import ConfigurationError, read_settings
from gongkai.run.compose import make_services
from gongkai.run.logs import configure_logs
from gongkai.run.modules import MODULES
from gongkai.workers.queues import DRAIN_SECONDS, FAILURE_SECONDS, QUEUE, connect, run_periodic
from gongkai.workers.schedule import entries


class ForkingWorker(Worker):
    """RQ's worker; its child starts without the parent's database connections."""

    services: Services

    def main_work_horse(self, job: object, queue: object) -> None:
        """Run one job in the child."""
        self.services.database.engine.dispose(close=False)
        super().main_work_horse(job, queue)  # type: ignore[arg-type]


def _start(environ: Mapping[str, str]) -> tuple[Services, Redis]:
    settings = read_settings(environ)
    if not settings.redis_url:
        raise ConfigurationError("请设置环境变量 REDIS_URL（任务队列地址）。")
    configure_logs(settings.log_format)
    connection = connect(settings.redis_url)
    try:
        connection.ping()
    except RedisError as error:
        what = str(error).rstrip(".")
        raise ConfigurationError(
            f"无法连接任务队列（REDIS_URL）：{what}。请检查 Redis 或 Valkey 是否运行、地址和口令是否正确。"
        ) from error
    return make_services(settings, redis=connection), connection


def run_worker(environ: Mapping[str, str]) -> None:
    """Work jobs until a signal ends the process."""
    services, connection = _start(environ)
    worker = ForkingWorker([Queue(QUEUE, connection=connection)], connection=connection)
    worker.services = services
    worker.work(logging_level="WARNING")


def run_scheduler(environ: Mapping[str, str]) -> None:
    """Enqueue the periodic jobs when they are due, until a signal ends the process."""
    _, connection = _start(environ)
    make_cron(connection, entries(MODULES)).start()  # type: ignore[no-untyped-call]


def make_cron(connection: Redis, schedule: Sequence[Periodic]) -> CronScheduler:
    """The scheduler with its jobs. One that no worker took before the next is due is dropped, and none is kept."""
    cron = CronScheduler(connection=connection, logging_level="WARNING")
    for entry in schedule:
        seconds = int(entry.every.total_seconds())
        cron.register(
            run_periodic, QUEUE, args=(entry.name,), name=entry.name, interval=seconds, ttl=seconds,
            job_timeout=DRAIN_SECONDS, result_ttl=0, failure_ttl=FAILURE_SECONDS,
        )  # fmt: skip
    return cron
