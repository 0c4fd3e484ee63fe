"""Placeholder of the revision that another branch writes; dropped when that is merged."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing."""
