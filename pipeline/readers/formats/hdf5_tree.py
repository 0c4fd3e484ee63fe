"""The tree of an HDF5 file: its members without ever leaving the file, and datasets that hold less than they promise.

Source: The HDF Group, HDF5 File Format Specification 3.0 (signature, user block); HDF5 User's Guide, chapters on
groups, external storage and virtual datasets.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.readers.base import first_bytes
from pipeline.readers.bombs import refuse_bomb

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SMALLEST_USER_BLOCK = 512
MATLAB_MARK = b"\x00\x02IM"

LONGEST_TEXT = 1000
"""Longer texts are notes, not facts."""


def has_signature(path: Path) -> bool:
    """Whether HDF5 begins at byte 0, 512, 1024, 2048, ...; the places where a user block may end."""
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at + len(SIGNATURE) <= size:
            file.seek(at)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return True
            at = at * 2 or SMALLEST_USER_BLOCK
    return False


def has_matlab_mark(path: Path) -> bool:
    """Whether the user block says version 7.3 of MATLAB, as `save` writes it."""
    return first_bytes(path, 128)[124:128] == MATLAB_MARK


def is_matlab(file: "h5py.File") -> bool:
    """Whether any member says its MATLAB class, as every one written by MATLAB does."""
    return any("MATLAB_class" in node.attrs for _, node in members(file) if not isinstance(node, str))


def members(group: "h5py.Group") -> Iterator[tuple[str, Any]]:
    """What a group holds, each with its name; in place of what is not followed, a word saying why.

    A soft link only repeats what has a place of its own, or goes in circles; a link to another file would let a
    recording open any file of the machine that reads it.
    """
    import h5py

    for name in group:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink):
            yield name, "soft link, read under its own name"
        elif isinstance(link, h5py.ExternalLink):
            yield name, f"link to another file, '{link.filename}', which is not followed"
        else:
            node = group[name]
            yield name, node if isinstance(node, h5py.Group | h5py.Dataset) else "data type"


def why_unreadable(dataset: "h5py.Dataset") -> str:
    """Why the samples of a dataset cannot or must not be read; empty where they can."""
    import h5py

    if dataset.external:
        return "stored in another file, which is not followed"
    if dataset.is_virtual:
        return why_not_virtual(dataset)
    created = dataset.id.get_create_plist()
    filters = [created.get_filter(k) for k in range(created.get_nfilters())]
    missing = [(code, told) for code, _, _, told in filters if not h5py.h5z.filter_avail(code)]
    if missing:
        code, told = missing[0]
        name = told.decode(errors="replace").strip() or "unnamed"
        return f"packed with filter {code} ({name}), which is not installed: repack it"
    return "" if dataset.id.get_storage_size() else "no sample was ever written"


def why_not_virtual(dataset: "h5py.Dataset") -> str:
    """Why a virtual dataset is not read; it may only gather plain datasets of the same file."""
    for part in dataset.virtual_sources():
        if part.file_name != ".":
            return f"gathered from another file, '{part.file_name}', which is not followed"
        source = source_of(dataset, part.dset_name)
        if source is None or source.is_virtual or source.external:
            return f"gathered from '{part.dset_name}', which is no plain dataset"
    return "" if n_stored(dataset) else "no sample was ever written"


def source_of(dataset: "h5py.Dataset", name: str) -> "h5py.Dataset | None":
    """What a virtual dataset gathers, None where there is no such dataset."""
    import h5py

    with suppress(KeyError):
        if dataset.file.get(name, getclass=True, getlink=True) is h5py.HardLink:
            found = dataset.file[name]
            return found if isinstance(found, h5py.Dataset) else None
    return None


def n_stored(dataset: "h5py.Dataset") -> int:
    """Bytes that a dataset takes in the file; of a virtual one, what it gathers."""
    if not dataset.is_virtual:
        return int(dataset.id.get_storage_size())
    names = {part.dset_name for part in dataset.virtual_sources()}
    sources = [source_of(dataset, name) for name in names]
    return sum(int(source.id.get_storage_size()) for source in sources if source is not None)


def refuse_empty_promise(dataset: "h5py.Dataset", path: Path) -> None:
    """Nothing, for a dataset that stores about what it promises.

    Chunks that were never written read as a fill value, and a packed one of zeros takes next to nothing: both can
    promise any number of samples.

    Raises:
        ReadError: for a bomb.
    """
    refuse_bomb(path, int(dataset.nbytes), n_stored(dataset), f"dataset '{dataset.name}'")


def attributes_of(node: Any) -> dict[str, float | str]:
    """The numbers and short texts that are attached to a group or dataset; arrays are not even looked at."""
    found: dict[str, float | str] = {}
    for name in node.attrs:
        stored = node.attrs.get_id(name)
        if stored.get_storage_size() > LONGEST_TEXT or any(count != 1 for count in stored.shape):
            continue
        value = single_value(node.attrs[name])
        if value is not None:
            found[name] = value
    return found


def single_value(value: Any) -> float | str | None:
    """A number or text, however it is wrapped; None for anything else.

    Example:
        >>> import numpy as np
        >>> single_value(np.array([[12000]])), single_value(np.bytes_(b"g")), single_value(np.zeros(3))
        (12000.0, 'g', None)
    """
    while getattr(value, "size", 1) == 1 and hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, str):
        return str(value)
    return float(value) if isinstance(value, int | float) else None
