"""Reading: one file by one worker, from its content's hash to its answers; what workers of every executor do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from pipeline.batch.answer import Answer, Diagnose
from pipeline.errors import FaultprintError, ReadError
from pipeline.readers.choose import refuse_unreadable
from pipeline.readers.places import Place, content_hash, joined
from pipeline.readers.side_file import side_file_is_there, side_file_of


class Maker(Protocol):
    """Makes a diagnoser where it is needed: in this process or in another, to which it travels by pickle."""

    def __call__(self) -> Diagnose:
        """Load the model; called once per worker.

        Raises:
            FaultprintError: when it cannot be loaded, or is not the model that the run began with.
        """


class Job(NamedTuple):
    """A file to read.

    Attributes:
        task_id: of the store.
        inbox: the folder, or its URL, where the inbox's paths start.
        source: the file's path below it.
        anew: whether it is diagnosed though its content may be known.
    """

    task_id: int
    inbox: Place
    source: str
    anew: bool = False

    @property
    def place(self) -> Place:
        """Where the file lies."""
        return joined(self.inbox, self.source)


@dataclass(frozen=True)
class Found:
    """What reading a file gave.

    Attributes:
        digest: of its content and its side file's; None where it could not be read at all.
        answers: one per signal; None where the content is known already.
        trouble: why it could not be read.
    """

    digest: str | None
    answers: Sequence[Answer] | None = None
    trouble: str | None = None


Read = Callable[[Job], Found]


def read_with(diagnose: Diagnose, known: frozenset[str]) -> Read:
    """What a worker does with a file.

    Args:
        diagnose: of the model.
        known: digests of content that is diagnosed already.
    """

    def read(job: Job) -> Found:
        try:
            digest = digest_of(job.place)
            known_already = digest in known and not job.anew
            return Found(digest, None if known_already else diagnose(job.place, job.source))
        except FaultprintError as error:
            return Found(None, trouble=str(error))
        except OSError as error:
            return Found(None, trouble=f"it cannot be opened: {(error.strerror or 'error').lower()}; check its rights")
        except Exception as error:  # a fault of one reader must not end a night of ten thousand files
            said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            return Found(None, trouble=f"its reader failed ({said}); please report it")

    return read


def digest_of(place: Place) -> str:
    """What tells one content from another: SHA-256 of a file, and of its side file, whose facts change the answer.

    Raises:
        ReadError: when the file cannot be read.
    """
    side = side_file_of(place)
    if isinstance(place, Path):
        refuse_unreadable(place)  # a device, or a pipe that nobody fills, has no end
    if isinstance(side, Path) and side.exists() and not side.is_file():
        raise ReadError(f"{side}: not a regular file; a side file is needed, or none")
    own = content_hash(place)
    return f"{own}+{content_hash(side)}" if side_file_is_there(side) else own
