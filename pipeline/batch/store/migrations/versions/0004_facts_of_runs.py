"""Facts of runs: a digest of what was stated of a run's files, so that a change of it is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Runs of before keep none: what they were told is not known any more."""
    op.add_column("runs", sa.Column("facts", sa.Text))
