"""What every notifier does: one message to one target, in good time, or why not."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread

PATIENCE_S = 30.0
"""So long a message may take to be delivered; a night must not hang on a mail server."""

LOOK_S = 0.1
"""Between two looks whether the run is asked to end."""


class UndeliveredError(Exception):
    """A message did not arrive; why, in a line that holds no secret."""


class UnreachableError(UndeliveredError):
    """Nobody is there to be told, or nobody answers in time: the next message would fare no better."""


class StoppedError(Exception):
    """The run was asked to end while a message was on its way."""


class Notifier(ABC):
    """Somebody to tell.

    Args:
        target: as the user names it.

    Attributes:
        name: as it may be told to anybody: of a target, what holds no secret.

    Raises:
        RequestError: when the target cannot be one.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.name = type(self).__name__.lower()

    @abstractmethod
    def tell(self, message: str) -> None:
        """Deliver a message, however long it takes.

        Raises:
            UndeliveredError: when it did not arrive; UnreachableError where the next would not, either.
        """

    def give_up(self) -> None:  # noqa: B027 - most have nothing to end
        """End what `tell` is doing in another thread, where it can be ended."""

    def deliver(self, message: str, patience_s: float, stopped: Callable[[], bool]) -> None:
        """`tell`, but for no longer than somebody has patience, and only until the run is asked to end.

        Args:
            message: to be told.
            patience_s: how long it may take.
            stopped: asked again and again whether the run is to end.

        Raises:
            UndeliveredError: when it did not arrive, or not in time.
            StoppedError: when the run is to end.
        """
        done: Future[None] = Future()
        # A daemon, because a thread that waits for a server cannot be ended, and must not keep the process.
        Thread(target=self._tell_into, args=(done, message), name=f"notice by {self.name}", daemon=True).start()
        until = time.monotonic() + patience_s
        try:
            while not wait([done], LOOK_S).done:
                if stopped():
                    raise StoppedError
                if time.monotonic() >= until:
                    raise UnreachableError(f"{self.name} took longer than {patience_s:g} s")
        finally:
            if not done.done():  # Ctrl-C comes this way, too
                self.give_up()
        done.result()

    def _tell_into(self, done: "Future[None]", message: str) -> None:
        try:
            done.set_result(self.tell(message))
        except BaseException as error:
            done.set_exception(error)
