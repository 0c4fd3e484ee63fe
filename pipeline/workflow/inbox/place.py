"""Place: where an inbox lies, whether it is there, and which files in it are a store's."""

from pathlib import Path

from pipeline.batch.store.known import is_known
from pipeline.batch.store.opened import open_known_store
from pipeline.errors import AwayError, CatalogError, RequestError
from pipeline.readers.places import Place, listed, place_of


def refuse_absent(inbox: Place, store: str) -> None:
    """Nothing, where something lies at an inbox's place.

    Args:
        inbox: where.
        store: which may know the inbox from earlier runs.

    Raises:
        AwayError: when there is no such path, and there was one in an earlier run.
        CatalogError: when there is no such path, and never was.
        ReadError: when there is nothing at a URL, or its server cannot be asked.
        StoreError: when the store cannot be asked.
    """
    if isinstance(inbox, str):
        next(listed(inbox), None)
    elif not inbox.exists():
        if knows(store, str(inbox)):
            raise AwayError(f"{inbox}: is away, though earlier runs have read it; is a share away?")
        raise CatalogError(f"{inbox}: there is no such file or folder; give the folder that recordings come into")


def knows(store: str, place: str) -> bool:
    """Whether a store knows an inbox; one that is not there yet knows none, and is not made.

    Raises:
        StoreError: when the store cannot be asked.
    """
    try:
        opened = open_known_store(store)
    except RequestError:
        return False
    try:
        return is_known(opened, place)
    finally:
        opened.close()


def beside(store: str) -> list[Path]:
    """The files of a store, which are no recordings even where they lie in the inbox."""
    if "://" in store:
        return []
    return [Path(f"{Path(store).expanduser()}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")]


def absolute(inbox: Path | str) -> Place:
    """An inbox by its whole path, or its URL; the same whichever folder a run is begun from."""
    place = place_of(inbox)
    return place.absolute() if isinstance(place, Path) else place.rstrip("/")
