"""Sites of alarms: two machines of one name on two sites are two; and the rules by which runs were judged."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

OF_ITS_DIAGNOSIS = "UPDATE alarms SET site = coalesce((SELECT site FROM diagnoses WHERE id = alarms.opened_by), '')"


def upgrade() -> None:
    """Alarms of before get the site of the diagnosis that opened them; runs of before keep no rules."""
    op.add_column("alarms", sa.Column("site", sa.Text, nullable=False, server_default=""))
    op.execute(OF_ITS_DIAGNOSIS)
    op.drop_index("ix_alarms_model_id_machine_point_channel", "alarms")
    op.create_index(
        "ix_alarms_model_id_site_machine_point_channel", "alarms", ["model_id", "site", "machine", "point", "channel"]
    )
    op.add_column("runs", sa.Column("rules", sa.Text))
