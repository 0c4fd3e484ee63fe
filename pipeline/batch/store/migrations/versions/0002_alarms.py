"""Alarms: spans of time in which somebody should look at a point of a machine; which runs have been judged for them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Written out, not taken from the schema: what this migration makes never changes."""
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("machine", "point", "channel", "kind", "grade")),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("opened_by", sa.Integer, sa.ForeignKey("diagnoses.id"), nullable=False),
        sa.Column("worst", sa.Float, nullable=False),
        sa.Column("worst_at", sa.DateTime, nullable=False),
        sa.Column("acknowledged_at", sa.DateTime),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("notified", sa.Text),
    )
    op.create_index("ix_alarms_model_id_machine_point_channel", "alarms", ["model_id", "machine", "point", "channel"])
    op.add_column("runs", sa.Column("shard", sa.Text, nullable=False, server_default="1/1"))
    op.add_column("runs", sa.Column("judged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_diagnoses_run_id", "diagnoses", ["run_id"])
