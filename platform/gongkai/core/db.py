"""Tables' base class, column types and the engine."""

from typing import Any

from sqlalchemy import BigInteger, Engine, Identity, MetaData, Row, create_engine
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


AnyRow = Row[*tuple[Any, ...]]
"""A row of a list query; its columns are named in the query's docstring."""


class Base(DeclarativeBase):
    """Base of all tables; one metadata for the one migration history."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {int: BigInteger}  # noqa: RUF012 - SQLAlchemy reads it as it stands


class LTree(UserDefinedType[str]):
    """PostgreSQL's `ltree`: a tenant's place in the tree, labels are tenant ids (`1.5.23`)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name of the type in DDL."""
        return "LTREE"


ischema_names["ltree"] = LTree


def big_id() -> Mapped[int]:
    """A `bigint` key that the database gives."""
    return mapped_column(BigInteger, Identity(), primary_key=True)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Text of a CHECK that limits `column` to `values` (native enums do not reach an index under a policy)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Engine for `url`. Statements are not prepared on the server: pgbouncer in transaction mode would lose them.

    Errors do not quote parameters, which hold what people wrote.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"prepare_threshold": None, "options": "-c timezone=Asia/Shanghai"},
    )
