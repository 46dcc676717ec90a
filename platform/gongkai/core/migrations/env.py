"""Alembic environment: the connection and the metadata come from the caller through `config.attributes`."""

from alembic import context

config = context.config
connection = config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=config.attributes.get("metadata"),
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = '30min'")
    context.run_migrations()
