"""Telling: who is told of which alarm; what did not arrive is told again by the next run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.batch.notices import NOTIFIERS
from pipeline.batch.notices.due import due
from pipeline.batch.notices.notifier import PATIENCE_S, Notifier, StoppedError, UndeliveredError, UnreachableError
from pipeline.batch.notices.words import WordlessError, Words, as_json, words_of
from pipeline.batch.store.kept_alarms import KeptAlarm, alarms_in, mark_notified
from pipeline.batch.store.opened import Store


class Teller(NamedTuple):
    """Who is told, and how.

    Attributes:
        notifiers: each is told of every alarm.
        words: an alarm's facts to a message.
        patience_s: how long one message may take.
    """

    notifiers: Sequence[Notifier] = ()
    words: Words = as_json
    patience_s: float = PATIENCE_S


class Told(NamedTuple):
    """What telling came to, in alarms.

    Attributes:
        told: of which everybody was told.
        untold: of which somebody was not; the next run tells them again.
    """

    told: int = 0
    untold: int = 0


def teller_of(targets: Sequence[str], template: Path | None = None) -> Teller:
    """What the user asks for.

    Args:
        targets: commands, or URLs of web hooks.
        template: of Jinja, for messages in other words than the alarm's facts as JSON.

    Raises:
        RequestError: for a target that cannot be one.
        ConfigError: for a template that cannot be read, or cannot say an alarm.
    """
    return Teller([notifier_of(target) for target in targets], as_json if template is None else words_of(template))


def notifier_of(target: str) -> Notifier:
    """A command, or what the URL's scheme is registered for."""
    scheme, found, _ = target.partition("://")
    return NOTIFIERS[scheme.lower() if found and scheme.isalnum() else "command"](target)


def tell(
    store: Store, teller: Teller, note: Callable[[str], None], stopped: Callable[[], bool] = lambda: False
) -> Told:
    """Tell of every open alarm that is due.

    Args:
        store: where alarms are kept.
        teller: who is told, and how.
        note: told, a line each, of messages that did not arrive.
        stopped: asked again and again whether the run is to end; the next run tells the rest.
    """
    waiting = [alarm for alarm in alarms_in(store, left_out=lambda _: None) if due(alarm)] if teller.notifiers else []
    telling = _Telling(teller, note, stopped)
    told = untold = 0
    for place, alarm in enumerate(waiting):
        if not telling.reached:
            note(f"nobody answers; alarms left for the next run: {len(waiting) - place}")
            return Told(told, untold + len(waiting) - place)
        try:
            arrived = telling.arrived(alarm)
        except StoppedError:
            break
        if arrived:
            mark_notified(store, alarm)
        told, untold = told + arrived, untold + (not arrived)
    return Told(told, untold)


class _Telling:
    """One run's messages.

    Whoever cannot be reached once is not asked again: a server that is down would cost every alarm its whole patience.
    """

    def __init__(self, teller: Teller, note: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        self._teller, self._note, self._stopped = teller, note, stopped
        self.reached = list(teller.notifiers)

    def arrived(self, alarm: KeptAlarm) -> bool:
        """Tell everybody who can be reached of an alarm, and whether nobody is missing."""
        try:
            message = self._teller.words(alarm.to_dict())
            missed = [why for one in list(self.reached) if (why := self._missed(one, message))]
        except WordlessError as error:
            missed = [str(error)]
        if missed:
            what = f"alarm {alarm.id} ({alarm.machine}, {alarm.kind})"
            self._note(f"{what} did not arrive: {' and '.join(missed)}; the next run tries again")
        return not missed and len(self.reached) == len(self._teller.notifiers)

    def _missed(self, notifier: Notifier, message: str) -> str | None:
        try:
            notifier.deliver(message, self._teller.patience_s, self._stopped)
        except UndeliveredError as error:
            if isinstance(error, UnreachableError):
                self.reached.remove(notifier)
            return str(error)
        return None
