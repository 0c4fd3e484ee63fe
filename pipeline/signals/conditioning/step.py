"""Step: what every step of conditioning promises: a signal in, a signal out, and a line that says what was done."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pipeline.signals.facts import merge_facts
from pipeline.signals.signal import Signal
from pipeline.strict import Strict


class Step(Strict, ABC):
    """One step of conditioning: its options, checked, and what it does.

    A new step overrides `apply`; what it did goes into the signal's history, in one line with numbers.
    """

    in_pieces: ClassVar[bool] = False
    """Whether a long signal is walked through; a step that must hold it whole refuses one that is too long."""

    @abstractmethod
    def apply(self, signal: Signal) -> Signal:
        """The signal after this step.

        Args:
            signal: as recorded, or after the steps before; its `tacho` stays as recorded.

        Raises:
            UnusableError: when the signal lacks what the step needs.
        """


def with_speed(signal: Signal, speed_rpm: float, speaker: str, note: str, after: tuple[str, ...] = ()) -> Signal:
    """The signal with a speed that a step found out.

    Args:
        signal: what is known so far.
        speed_rpm: what the step found.
        speaker: who says so, such as "tacho".
        note: the line of history.
        after: speakers of the signal's present speed who are believed more, such as "flag".

    Returns:
        The signal at the speed of whoever is believed; where the two differ, a warning says so.

    Example:
        >>> import numpy as np
        >>> stated = Signal(np.zeros(8), speed_rpm=1732.0, origins={"speed_rpm": "file"})
        >>> found = with_speed(stated, 1774.0, "tacho", "speed from the tacho")
        >>> found.speed_rpm, found.origins["speed_rpm"], found.warnings
        (1774.0, 'tacho', ('speed_rpm: using 1774 (tacho), but file says 1732',))
    """
    before = signal.origins.get("speed_rpm", "file")
    speakers: list[tuple[str, dict[str, float | None]]] = [
        (speaker, {"speed_rpm": speed_rpm}),
        (before, {"speed_rpm": signal.speed_rpm}),
    ]
    merged = merge_facts(speakers[::-1] if before in after else speakers)
    return signal.changed(
        note,
        speed_rpm=merged.values["speed_rpm"],
        origins=signal.origins | merged.origins,
        warnings=(*signal.warnings, *merged.warnings),
    )
