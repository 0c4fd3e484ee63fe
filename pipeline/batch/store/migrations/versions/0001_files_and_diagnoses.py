"""Files and diagnoses: the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Written out, not taken from the schema: what this migration makes never changes."""
    op.create_table("inboxes", sa.Column("id", sa.Integer, primary_key=True), _text("place", unique=True))
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("fingerprint", unique=True),
        _text("name"),
        _text("task"),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("added_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("inbox_id", sa.Integer, sa.ForeignKey("inboxes.id"), nullable=False),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), nullable=False),
        _text("host"),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("outcome", sa.Text),
        sa.Column("counts", sa.JSON),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("inbox_id", sa.Integer, sa.ForeignKey("inboxes.id"), nullable=False),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), nullable=False),
        _text("source"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        _text("modified"),
        sa.Column("digest", sa.Text),
        _text("state"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("deaths", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("copy_of", sa.Integer, sa.ForeignKey("tasks.id")),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id")),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("inbox_id", "model_id", "source"),
    )
    op.create_index("ix_tasks_inbox_id_model_id_digest", "tasks", ["inbox_id", "model_id", "digest"])
    op.create_table(
        "diagnoses",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        _text("digest"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text),
        _text("machine", server_default=""),
        _text("point", server_default=""),
        _text("site", server_default=""),
        sa.Column("measured_at", sa.DateTime),
        _text("measured_from", server_default=""),
        sa.Column("diagnosed_at", sa.DateTime, nullable=False),
        _text("verdict"),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("rms", sa.Float),
        sa.Column("peak", sa.Float),
        sa.Column("kurtosis", sa.Float),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("replaced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("task_id", "digest", "position"),
    )
    op.create_index("ix_diagnoses_machine_point_measured_at", "diagnoses", ["machine", "point", "measured_at"])
    op.create_table(
        "leases",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("shard", sa.Text, primary_key=True),
        _text("token"),
        _text("host"),
        sa.Column("pid", sa.Integer, nullable=False),
        _text("born"),
        sa.Column("beats", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.DateTime, nullable=False),
    )


def _text(name: str, **facts: object) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, **facts)  # type: ignore[arg-type]
