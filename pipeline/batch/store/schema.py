"""Schema: the tables of a store, as its newest migration leaves them.

A task is one file for one model: what became of it, and of which version of the file. Its diagnoses are one per signal.
A file that changed gets new diagnoses, and those of its older content stay, marked as replaced.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from pipeline.batch.store.utc import Utc

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints are called alike everywhere, so that migrations can name them."""

TABLES = MetaData(naming_convention=NAMING)

inboxes = Table(
    "inboxes",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("place", Text, nullable=False, unique=True),
)

models = Table(
    "models",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("added_at", Utc, nullable=False),
)

runs = Table(
    "runs",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("inbox_id", ForeignKey("inboxes.id"), nullable=False),
    Column("model_id", ForeignKey("models.id"), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", Text),
    Column("counts", JSON),
    Column("shard", Text, nullable=False, server_default="1/1"),
    Column("judged", Boolean, nullable=False, server_default=false()),
    Column("facts", Text),
    Column("rules", Text),
)

tasks = Table(
    "tasks",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("inbox_id", ForeignKey("inboxes.id"), nullable=False),
    Column("model_id", ForeignKey("models.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("modified", Text, nullable=False),
    Column("digest", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("copy_of", ForeignKey("tasks.id")),
    Column("run_id", ForeignKey("runs.id")),
    Column("changed_at", Utc, nullable=False),
    UniqueConstraint("inbox_id", "model_id", "source"),
    Index(None, "inbox_id", "model_id", "digest"),
    Index(None, "copy_of"),
)

diagnoses = Table(
    "diagnoses",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Text),
    Column("machine", Text, nullable=False, server_default=""),
    Column("point", Text, nullable=False, server_default=""),
    Column("site", Text, nullable=False, server_default=""),
    Column("measured_at", Utc),
    Column("measured_from", Text, nullable=False, server_default=""),
    Column("diagnosed_at", Utc, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("probabilities", JSON, nullable=False),
    Column("rms", Float),
    Column("peak", Float),
    Column("kurtosis", Float),
    Column("crest", Float),
    Column("bands", JSON(none_as_null=True)),
    Column("envelope_lines", JSON(none_as_null=True)),
    Column("outside_p", Float),
    Column("document", JSON, nullable=False),
    Column("replaced", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("task_id", "digest", "position"),
    Index(None, "machine", "point", "measured_at"),
    Index(None, "run_id"),
)

evidence = Table(
    "evidence",
    TABLES,
    Column("diagnosis_id", ForeignKey("diagnoses.id", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

alarms = Table(
    "alarms",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("model_id", ForeignKey("models.id"), nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    Column("machine", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("opened_by", ForeignKey("diagnoses.id"), nullable=False),
    Column("worst", Float, nullable=False),
    Column("worst_at", Utc, nullable=False),
    Column("acknowledged_at", Utc),
    Column("acknowledged_by", Text),
    Column("note", Text),
    Column("notified", Text),
    Index(None, "model_id", "site", "machine", "point", "channel"),
)

leases = Table(
    "leases",
    TABLES,
    Column("scope", Text, primary_key=True),
    Column("shard", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Text, nullable=False),
    Column("beats", BigInteger, nullable=False),
    Column("taken_at", Utc, nullable=False),
)
