"""Levels and strangeness: crest, octave bands and envelope lines of a diagnosis; how unlike training its signal was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Diagnoses of before have none of it: their samples are not read again."""
    op.add_column("diagnoses", sa.Column("crest", sa.Float))
    op.add_column("diagnoses", sa.Column("bands", sa.JSON))
    op.add_column("diagnoses", sa.Column("envelope_lines", sa.JSON))
    op.add_column("diagnoses", sa.Column("outside_p", sa.Float))
