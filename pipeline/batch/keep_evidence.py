"""Keep evidence: of which diagnoses a batch keeps pictures, 20 to 200 kB each."""

from enum import StrEnum

from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict


class KeepEvidence(StrEnum):
    """Of which diagnoses pictures are kept."""

    FAULTS = "faults"
    ALL = "all"
    NONE = "none"

    def of(self, verdict: Verdict) -> bool:
        """Whether those of a verdict are: of all that are usable, of all but the plainly healthy, or of none.

        Example:
            >>> KeepEvidence.FAULTS.of(Verdict("a.wav", Outcome.UNCALIBRATED, ("healthy",)))
            False
            >>> KeepEvidence.FAULTS.of(Verdict("a.wav", Outcome.AMBIGUOUS, ("healthy",)))
            True
        """
        quiet = verdict.labels == (HEALTHY,) and verdict.verdict in (Outcome.CONFIDENT, Outcome.UNCALIBRATED)
        return self is KeepEvidence.ALL or (self is KeepEvidence.FAULTS and not quiet)
