"""The two database roles and the database of the platform, with the extension that its owner may not create.

`gongkai_owner` owns and migrates; `gongkai_app` serves requests and owns nothing, so that row-level security
binds it. Neither is a superuser nor may bypass row-level security.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

SUPERUSER = "postgres"
OWNER = "gongkai_owner"
APP = "gongkai_app"
DATABASE = "gongkai"
VECTORS = "vector"

ATTRIBUTES = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def ensure_roles(socket_folder: Path, passwords: Mapping[str, str]) -> None:
    """Create roles and database where missing, and set the roles' attributes and passwords back to ours.

    Raises:
        psycopg.Error: the server refused, for one because the password file is not that of this database.
    """
    with _connected(socket_folder, "postgres", passwords) as connection:
        for role in (OWNER, APP):
            name = sql.Identifier(role)
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
            # Hashed on this side: the server logs a statement that fails.
            hashed = connection.pgconn.encrypt_password(
                passwords[role].encode(), role.encode(), b"scram-sha-256"
            ).decode()
            connection.execute(sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(name, ATTRIBUTES, sql.Literal(hashed)))
        database = sql.Identifier(DATABASE)
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(OWNER)))
        # By default everybody may connect and create temporary tables.
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))
    with _connected(socket_folder, DATABASE, passwords) as connection:
        # Only a superuser may create it; the search by meaning uses it where it is there.
        if _exists(connection, "SELECT 1 FROM pg_available_extensions WHERE name = %s", VECTORS):
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(VECTORS)))


def _connected(socket_folder: Path, database: str, passwords: Mapping[str, str]) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=str(socket_folder),
        port=5432,
        dbname=database,
        user=SUPERUSER,
        password=passwords[SUPERUSER],
        autocommit=True,
    )


def _exists(connection: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None
