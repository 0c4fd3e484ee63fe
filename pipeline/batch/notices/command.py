"""Command: a program is run for each message, which it reads from standard input."""

import os
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from tempfile import TemporaryFile

from pipeline.batch.notices.notifier import Notifier, UndeliveredError, UnreachableError
from pipeline.errors import RequestError


class Command(Notifier):
    """Runs a program, without a shell: its words are split as a shell would.

    Args:
        target: such as `mail -s 'Faultprint' ops@plant`.

    Example:
        >>> Command("cat").words
        ['cat']
    """

    def __init__(self, target: str) -> None:
        super().__init__(target)
        try:
            self.words = shlex.split(target)
        except ValueError as error:
            raise RequestError(f"--notify {target}: {error}; quote it as for a shell") from None
        if not self.words or shutil.which(self.words[0]) is None:
            raise RequestError(f"--notify {target}: no such program; give a command, or https://...")
        self.name = self.words[0]
        self._running: subprocess.Popen[bytes] | None = None
        self._given_up = False

    def tell(self, message: str) -> None:
        """Run it; an exit code but 0 is a message that did not arrive."""
        # Files, because a pipe ends only when everything that the program left behind has let go of it.
        with TemporaryFile() as told, TemporaryFile() as said:
            told.write(message.encode())
            told.seek(0)
            code = self._run(told.fileno(), said.fileno())
            if code:
                said.seek(0)
                words = " ".join(said.read(4096).decode(errors="replace").split())[:160]
                raise UndeliveredError(f"{self.name} ended with {code}{': ' if words else ''}{words}")

    def _run(self, told: int, said: int) -> int:
        nowhere = subprocess.DEVNULL
        try:
            # A group of its own, so that whatever it has begun ends with it, and a terminal's Ctrl-C is ours.
            self._running = subprocess.Popen(  # noqa: S603 - the user's own command
                self.words, stdin=told, stdout=nowhere, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise UnreachableError(f"{self.name} cannot be run: {(error.strerror or 'error').lower()}") from None
        if self._given_up:  # while it began
            self.give_up()
        try:
            return self._running.wait()
        finally:
            self._running = None

    def give_up(self) -> None:
        """Kill it, with whatever it has begun."""
        self._given_up = True
        running = self._running
        if running is not None:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
