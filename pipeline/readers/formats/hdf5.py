"""HDF5 of any layout, read in slices through h5py: every dataset that looks like a signal, named by its path."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import Writer, damage_told
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.hdf5_tree import (
    attributes_of,
    has_matlab_mark,
    has_signature,
    is_matlab,
    members,
    refuse_empty_promise,
    single_value,
    why_unreadable,
)
from pipeline.readers.increment import rate_of_increment
from pipeline.readers.stated import RATE_NAME, STEP_NAMES
from pipeline.readers.traces import traces_in, why_not
from pipeline.readers.workspace import (
    ATTRIBUTE,
    Leaf,
    refuse_unholdable,
)
from pipeline.readers.workspace_reader import WorkspaceReader
from pipeline.signals.recording import Recording

if TYPE_CHECKING:
    import h5py

JOINT = "/"


class Hdf5Reader(WorkspaceReader, Writer):
    """HDF5 that MATLAB did not write.

    Channels are real numeric datasets of 64 samples or more, named by their path (`machine1/vib/x`); columns of
    matrices are `x[0]`, records of stacks `x[3][0]`, fields of tables `log/x`. What attributes or single numbers say
    (`fs`, `dt`, `unit`, `rpm`, ...) holds for the dataset or group they lie in, the nearest first.
    """

    name = "hdf5"
    suffixes = (".h5", ".hdf5", ".hdf")

    def can_read(self, path: Path) -> bool:
        """By the signature, unless MATLAB wrote it."""
        import h5py

        if not has_signature(path) or has_matlab_mark(path):
            return False
        try:
            with h5py.File(path, "r") as file:
                return not is_matlab(file)
        except (OSError, RuntimeError, KeyError):
            return True  # HDF5 all the same; reading tells what is wrong with it

    def opened(self, path: Path) -> AbstractContextManager[list[Leaf]]:
        """Its datasets."""
        return opened(path)

    def write(self, recording: Recording, path: Path) -> None:
        """One dataset per channel with attributes rate_hz and unit; speed and load are attributes of the file."""
        refuse_unholdable(recording, "HDF5")
        write_faithful(self, recording, path, [stored(recording)])


@contextmanager
def opened(path: Path) -> Iterator[list[Leaf]]:
    """Everything in a file, its arrays as datasets that load on slicing as long as this lasts.

    Raises:
        ReadError: for a file that is damaged, or MATLAB's.
    """
    import h5py

    with damage_told(path, "HDF5"), h5py.File(path, "r") as file:
        if has_matlab_mark(path) or is_matlab(file):
            raise ReadError(f"{path}: HDF5 as MATLAB 7.3 writes it, its arrays lie transposed; leave --reader out")
        yield list(walked("", file, path, set()))


def walked(name: str, node: Any, path: Path, seen: set[int]) -> Iterator[Leaf]:
    """A group or dataset with its attributes, and all that lies in it; what was seen under another name is left out."""
    import h5py

    if isinstance(node, str):
        yield Leaf(name, node, joint=JOINT)
        return
    address = h5py.h5o.get_info(node.id).addr
    if address in seen:
        return
    seen.add(address)
    yield from attribute_leaves(name, node)
    if isinstance(node, h5py.Dataset):
        yield from dataset_leaves(name, node, path)
        return
    for member, inner in members(node):
        yield from walked(f"{name}{JOINT}{member}" if name else member, inner, path, seen)


def attribute_leaves(name: str, node: Any) -> Iterator[Leaf]:
    """What is attached to a group or dataset, as if it lay in it; a time step counts where no rate is stated."""
    said = attributes_of(node)
    if not any(RATE_NAME.fullmatch(word) for word in said):
        rates = {rate_of_increment(repr(said[word])) for word in STEP_NAMES & said.keys()}
        rate_hz = rates.pop() if len(rates) == 1 else None
        said |= {} if rate_hz is None else {"rate_hz": rate_hz}
    for word, value in said.items():
        if JOINT not in word:
            yield Leaf(f"{name}{JOINT}{word}" if name else word, ATTRIBUTE, value=value, joint=JOINT)


def dataset_leaves(name: str, dataset: "h5py.Dataset", path: Path) -> Iterator[Leaf]:
    """A dataset: signal, number, text or neither; a table field by field.

    Raises:
        ReadError: for a dataset that promises far more than is stored.
    """
    import h5py

    dtype, shape = dataset.dtype, dataset.shape
    if shape is None:
        yield Leaf(name, "nothing", joint=JOINT)
    elif dtype.names and not h5py.check_ref_dtype(dtype):
        yield from (field_leaf(name, dataset, field, path) for field in fields_of(dtype))
    elif dataset.size == 1:
        value = single_value(dataset[()]) if dtype.kind in "iufSO" and not h5py.check_ref_dtype(dtype) else None
        yield Leaf(name, told(shape, dtype), value=value, joint=JOINT)
    else:
        yield array_leaf(name, dataset, dataset, path)


def array_leaf(name: str, array: Any, dataset: "h5py.Dataset", path: Path) -> Leaf:
    """An array of a dataset (all of it, or a field), with its channels if it may be read."""
    import h5py

    kind = told(array.shape, array.dtype)
    if array.dtype.kind not in "iuf" or h5py.check_enum_dtype(array.dtype):
        return Leaf(name, kind, joint=JOINT)
    traces = traces_in(name, array.shape)
    if not traces:
        return Leaf(name, kind + why_not(array.shape), joint=JOINT)
    refuse_empty_promise(dataset, path)
    unreadable = why_unreadable(dataset)
    return Leaf(name, f"{kind}, {unreadable}" if unreadable else kind, () if unreadable else traces, None, array, JOINT)


def told(shape: Sequence[int], dtype: npt.DTypeLike) -> str:
    """What an array is, for an error: `9x1 float64`."""
    return f"{'x'.join(map(str, shape)) or 'single'} {np.dtype(dtype)}"


class Field(NamedTuple):
    """A field of a table: the names that lead to it, its type and the axes it has of its own."""

    names: tuple[str, ...]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


def fields_of(dtype: np.dtype[Any], names: tuple[str, ...] = (), shape: tuple[int, ...] = ()) -> Iterator[Field]:
    """The fields of a record, those of records inside it too.

    Example:
        >>> [(field.names, field.shape) for field in fields_of(np.dtype([("t", "f8"), ("acc", "f4", 3)]))]
        [(('t',), ()), (('acc',), (3,))]
    """
    if dtype.subdtype is not None:
        yield from fields_of(dtype.subdtype[0], names, shape + dtype.subdtype[1])
    elif dtype.names:
        for name in dtype.names:
            yield from fields_of(dtype[name], (*names, name), shape)
    else:
        yield Field(names, dtype, shape)


class Column:
    """A field of a table of records as an array of its own: the axes of the dataset, then those of the field."""

    def __init__(self, dataset: "h5py.Dataset", field: Field) -> None:
        self.dataset = dataset
        self.field = field
        self.dtype = field.dtype
        self.shape = (*dataset.shape, *field.shape)

    def __getitem__(self, at: tuple[Any, ...]) -> npt.NDArray[Any]:
        n_outer = len(self.dataset.shape)
        first, *inner = self.field.names
        part = np.asarray(self.dataset.fields(first)[at[:n_outer]])
        for name in inner:
            part = part[name]
        return np.asarray(part[(..., *at[n_outer:])])


def field_leaf(name: str, dataset: "h5py.Dataset", field: Field, path: Path) -> Leaf:
    """A field of a table: a channel, or in a table of one row a number or text."""
    column = Column(dataset, field)
    whole = JOINT.join([name, *field.names])
    if dataset.size == 1 and not field.shape:
        row = np.asarray(dataset[()]).reshape(1)
        for each in field.names:
            row = row[each]
        return Leaf(whole, str(field.dtype), value=single_value(row[0]), joint=JOINT)
    return array_leaf(whole, column, dataset, path)


def stored(recording: Recording) -> bytes:
    """The bytes of a file that holds a recording.

    Raises:
        FactError: for names that HDF5 takes for something else.
    """
    import h5py

    content = BytesIO()
    with h5py.File(content, "w", track_order=True) as file:
        for word in ("speed_rpm", "load"):
            if word in recording.facts:
                file.attrs[word] = recording.facts[word]
        for name, row, unit in zip(recording.channels, recording.samples, recording.units, strict=True):
            try:
                group = name.rpartition(JOINT)[0]
                if group and group not in file:
                    file.create_group(group, track_order=True)
                dataset = file.create_dataset(name, data=row)
                dataset.attrs.update({"rate_hz": recording.rate_hz} if recording.rate_hz is not None else {})
                dataset.attrs.update({"unit": unit} if unit is not None else {})
            except (ValueError, TypeError, OSError, UnicodeError) as error:
                said = " ".join(str(error).split())
                raise FactError(f"HDF5 cannot hold channel {name!r} in {unit!r} ({said}); rename it") from None
    return content.getvalue()
