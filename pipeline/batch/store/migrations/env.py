"""Run by Alembic with the connection that `opened` hands it."""

from alembic import context

from pipeline.batch.store.schema import TABLES

context.configure(
    connection=context.config.attributes["connection"], target_metadata=TABLES, render_as_batch=True, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
