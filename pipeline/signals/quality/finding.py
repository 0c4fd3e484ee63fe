"""Finding: one thing a recording tells of itself that its user should know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "unusable"]


@dataclass(frozen=True)
class Finding:
    """What was found, in words and in numbers.

    Attributes:
        kind: which check speaks, such as "clipping".
        message: one line; what was measured, and what it means.
        severity: "info" (worth knowing), "warning" (a diagnosis may be wrong), "unusable" (no diagnosis can be made).
        channel: whose; None for the file as a whole.
        numbers: what the message says, for programs.

    Example:
        >>> Finding("flat", "constant: the samples never change", "unusable", "DE").to_dict()["severity"]
        'unusable'
    """

    kind: str
    message: str
    severity: Severity = "warning"
    channel: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "channel": self.channel,
            "numbers": dict(self.numbers),
        }
