"""Command: a program is run for each message, which it reads from standard input."""

import shlex
import shutil
import subprocess

from pipeline.batch.notices.notifier import PATIENCE_S, Notifier, UndeliveredError
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

    def tell(self, message: str) -> None:
        """Run it; an exit code but 0, or none in time, is a message that did not arrive."""
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command
                self.words, input=message.encode(), capture_output=True, timeout=PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise UndeliveredError(f"{self.words[0]} did not end within {PATIENCE_S:g} s") from None
        except OSError as error:
            raise UndeliveredError(f"{self.words[0]} cannot be run: {(error.strerror or 'error').lower()}") from None
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())[:160]
            raise UndeliveredError(f"{self.words[0]} ended with {done.returncode}{': ' if said else ''}{said}")
