"""What every notifier does: one message to one target, or why not."""

from abc import ABC, abstractmethod

PATIENCE_S = 30.0
"""So long a message may take to be delivered; a night must not hang on a mail server."""


class UndeliveredError(Exception):
    """A message did not arrive; why, in a line that holds no secret."""


class Notifier(ABC):
    """Somebody to tell.

    Args:
        target: as the user names it.

    Raises:
        RequestError: when the target cannot be one.
    """

    def __init__(self, target: str) -> None:
        self.target = target

    @abstractmethod
    def tell(self, message: str) -> None:
        """Deliver a message.

        Raises:
            UndeliveredError: when it did not arrive.
        """
