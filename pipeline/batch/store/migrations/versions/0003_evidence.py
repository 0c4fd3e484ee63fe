"""Evidence: pictures beside a diagnosis, as numbers; and an index by which the copies of a file are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Written out, not taken from the schema: what this migration makes never changes."""
    diagnosis = sa.ForeignKey("diagnoses.id", ondelete="CASCADE")
    op.create_table(
        "evidence",
        sa.Column("diagnosis_id", sa.Integer, diagnosis, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_tasks_copy_of", "tasks", ["copy_of"])
