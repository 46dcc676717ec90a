"""Builds the services and the web application from settings."""

import gc

from flask import Flask
from redis import Redis

from gongkai.core.conversion.libreoffice import make_converter
from gongkai.core.db import make_engine
from gongkai.core.mail import make_notifier
from gongkai.core.ports import PublicSearch, Services
from gongkai.core.settings import Settings
from gongkai.core.storage.clamd import ScanningFileStore
from gongkai.core.storage.store import FileStore, LocalFileStore
from gongkai.core.uow import Clock, Database, system_clock
from gongkai.run.modules import MODULES
from gongkai.search.elastic.backend import SearchWithElastic
from gongkai.search.meaning.asking import Asking
from gongkai.search.postgres import PostgresSearch
from gongkai.supervision.circulars.issued import IssuedCirculars
from gongkai.web.app import create_app
from gongkai.workers.queues import announce, bind


def make_services(settings: Settings, *, redis: Redis, clock: Clock = system_clock) -> Services:
    """Everything a process works with; commits ask the job store for a drain of the outbox."""
    database = Database(make_engine(settings.database_url), clock, (announce(redis),))
    services = Services(
        settings=settings,
        database=database,
        files=make_files(settings),
        notifier=make_notifier(settings),
        search=make_search(settings),
        issued=IssuedCirculars(),
        converter=make_converter(settings),
        started_at=clock(),
    )
    bind(services, MODULES)
    return services


def make_search(settings: Settings) -> PublicSearch:
    """The search server with the database beside it, where one is configured, else the database.

    Raises:
        ConfigurationError: when the embedding model of the settings is not installed.
    """
    asking = Asking(settings)
    return SearchWithElastic(settings, asking) if settings.elasticsearch_url else PostgresSearch(asking)


def make_files(settings: Settings) -> FileStore:
    """Where files are kept, scanned on their way in where a scanner is configured."""
    files = LocalFileStore(settings.data_directory / "files")
    return ScanningFileStore(files, settings.clamd) if settings.clamd else files


def make_app(services: Services) -> Flask:
    """The web application with every module."""
    return create_app(services, MODULES)


def keep_for_good() -> None:
    """Take what start-up has built out of the garbage collector's rounds; once, right before requests are served.

    It lives as long as the process, and every full round would walk through it: 0.2 s in the middle of some request.
    """
    gc.collect()
    gc.freeze()
