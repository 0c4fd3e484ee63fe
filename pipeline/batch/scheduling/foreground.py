"""Foreground: the same command again and again, each time in a process of its own, until somebody ends it.

A process of its own gives back what it held, whatever happens in it, and one night's crash does not end the next.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.batch.json_lines import Log
from pipeline.batch.scheduling.times import Times
from pipeline.errors import RequestError

COMMAND = (sys.executable, "-P", "-c", "from pipeline.cli import main; main()")
"""Ours, whatever lies in the folder where it is begun."""


@dataclass
class Schedule:
    """A command and its times.

    Args:
        arguments: of `faultprint`, such as `["batch", "ready", "inbox"]`.
        times: when it runs.
        log: told of every run.
        command: what runs them.

    A run that is still going when its next time comes is left alone, and times missed meanwhile, or while the machine
    slept, are made up for by one run.
    """

    arguments: Sequence[str]
    times: Times
    log: Log
    command: Sequence[str] = COMMAND
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)
    _runs: int = field(default=0, init=False)
    _refused: bool = field(default=False, init=False)

    def __call__(self) -> bool:
        """Run until SIGTERM or SIGINT, which are handed on to the run at hand, and waited for.

        Returns:
            Whether the command could be run; False where the very first run found its request wrong, which is not tried
            for ever.

        Raises:
            RequestError: when APScheduler is not installed.
        """
        try:
            from apscheduler.executors.pool import ThreadPoolExecutor
            from apscheduler.schedulers.background import BackgroundScheduler
        except ModuleNotFoundError:
            raise RequestError("schedule: needs APScheduler; pip install 'faultprint[batch]'") from None
        scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)})
        first = self.times.first(datetime.now().astimezone())
        one_for_all_missed = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler.add_job(self._run, self.times.trigger(), **one_for_all_missed, next_run_time=first)
        for word in (signal.SIGTERM, signal.SIGINT):
            signal.signal(word, self._end)
        begin = first.isoformat(timespec="seconds") if first else None
        self.log({"event": "scheduled", "times": str(self.times), "next": begin, "command": list(self.arguments)})
        scheduler.start()
        while not self._ended.wait(1.0):  # a wait without an end would not hear a signal everywhere
            pass
        scheduler.shutdown(wait=True)
        self.log({"event": "ended", "runs": self._runs})
        return not self._refused

    def _run(self) -> None:
        if self._ended.is_set():
            return
        self._runs += 1
        started = time.monotonic()
        self.log({"event": "run began", "run": self._runs})
        # A session of its own, so that a terminal's Ctrl-C reaches it once, through us.
        words = [*self.command, *self.arguments]
        self._child = subprocess.Popen(words, start_new_session=True)  # noqa: S603 - ours, with words of the user's own
        if self._ended.is_set():
            self._child.send_signal(signal.SIGTERM)
        code = self._child.wait()
        self._child = None
        self.log(
            {"event": "run ended", "run": self._runs, "code": code, "seconds": round(time.monotonic() - started, 1)}
        )
        if code == RequestError.exit_code and self._runs == 1:
            self._refused = True
            self._ended.set()

    def _end(self, *_: object) -> None:
        self._ended.set()
        child = self._child
        if child is not None:
            child.send_signal(signal.SIGTERM)
