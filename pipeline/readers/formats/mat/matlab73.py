"""MATLAB 7.3 files: HDF5 with MATLAB's conventions, read in slices through h5py.

Source: MathWorks, `save` and "MAT-File Versions": HDF5 behind a 512-byte header, arrays stored with axes reversed, the
class of each in the attribute MATLAB_class, cells and struct arrays as references into the group #refs#.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.base import damage_told
from pipeline.readers.formats.hdf5_tree import (
    LONGEST_TEXT,
    has_matlab_mark,
    has_signature,
    is_matlab,
    members,
    refuse_empty_promise,
    why_unreadable,
)
from pipeline.readers.traces import traces_in, why_not
from pipeline.readers.workspace import Leaf
from pipeline.readers.workspace_reader import WorkspaceReader

if TYPE_CHECKING:
    import h5py

NUMERIC = frozenset({"", "double", "single"} | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)})
"""Classes of arrays of numbers; an array without a class was put there by other software."""


class Matlab73Reader(WorkspaceReader):
    """MATLAB 7.3; variables, fields and elements are named as in `MatlabReader`."""

    name = "matlab73"
    suffixes = (".mat",)

    def can_read(self, path: Path) -> bool:
        """By MATLAB's version mark in front of the HDF5, or by HDF5 whose members carry MATLAB_class."""
        import h5py

        if has_matlab_mark(path):
            return True
        if not has_signature(path):
            return False
        try:
            with h5py.File(path, "r") as file:
                return is_matlab(file)
        except (OSError, RuntimeError, KeyError):
            return False

    def opened(self, path: Path) -> AbstractContextManager[list[Leaf]]:
        """Its datasets."""
        return opened(path)


@contextmanager
def opened(path: Path) -> Iterator[list[Leaf]]:
    """Everything in a file, its arrays as datasets that load on slicing as long as this lasts.

    Raises:
        ReadError: for a file that is damaged, or HDF5 that is not MATLAB's.
    """
    import h5py

    with damage_told(path, "MATLAB 7.3"), h5py.File(path, "r") as file:
        if not is_matlab(file):
            raise ReadError(f"{path}: HDF5, but not written by MATLAB 7.3; leave --reader out, or give --reader hdf5")
        found = [leaf for name, node in members(file) if not name.startswith("#") for leaf in walked(name, node)]
        for leaf in found:
            if leaf.traces:
                refuse_empty_promise(leaf.array, path)
        yield found


def walked(name: str, node: Any) -> Iterator[Leaf]:
    """A member and all that lies in it; what a reference points at counts as lying there."""
    import h5py

    if isinstance(node, str):
        yield Leaf(name, node)
    elif isinstance(node, h5py.Group):
        yield from walked_group(name, node)
    elif h5py.check_ref_dtype(node.dtype) is h5py.Reference:
        for k, item in enumerate(referred(node)):
            yield from walked(f"{name}[{k}]", item)
    else:
        yield leaf_of(name, node)


def walked_group(name: str, group: "h5py.Group") -> Iterator[Leaf]:
    """A struct by its fields, or a struct array element by element; a sparse matrix is one leaf."""
    if "MATLAB_sparse" in group.attrs:
        yield Leaf(name, "sparse")
        return
    inside = dict(members(group))
    fields = fields_of(group)
    n_elements = array_length([inside[field] for field in fields])
    if n_elements is None:
        for field in fields:
            yield from walked(f"{name}.{field}", inside[field])
        return
    columns = {field: referred(inside[field]) for field in fields}
    for k in range(n_elements):
        for field in fields:
            yield from walked(f"{name}[{k}].{field}", columns[field][k])


def fields_of(group: "h5py.Group") -> list[str]:
    """Field names in MATLAB's order where the file tells it, else in HDF5's."""
    told = group.attrs.get("MATLAB_fields")
    if told is None:
        return list(group)
    names = [b"".join(bytes(letter) for letter in letters).decode() for letters in told]
    return names if set(names) == set(group) else list(group)


def array_length(fields: Sequence[Any]) -> int | None:
    """How many elements a struct array has; None for a single struct.

    In a struct array every field is a dataset of references without a class of its own; a cell has the class `cell`.
    """
    import h5py

    plural = bool(fields) and all(
        isinstance(field, h5py.Dataset)
        and h5py.check_ref_dtype(field.dtype) is h5py.Reference
        and "MATLAB_class" not in field.attrs
        for field in fields
    )
    return int(fields[0].size) if plural else None


def referred(node: "h5py.Dataset") -> list[Any]:
    """What the references of a cell or field point at, in MATLAB's order (its axes are the reverse of HDF5's)."""
    refuse_empty_promise(node, Path(node.file.filename))
    return [node.file[reference] for reference in node[()].ravel()]


def leaf_of(name: str, node: "h5py.Dataset") -> Leaf:
    """A dataset: signal, number, text or neither."""
    told_class = node.attrs.get("MATLAB_class", b"")
    kind = told_class.decode() if isinstance(told_class, bytes) else str(told_class)
    shape = tuple(int(count) for count in node.shape[::-1])
    told = f"{'x'.join(map(str, shape))} {kind or node.dtype}"
    if "MATLAB_empty" in node.attrs or node.shape == ():
        return Leaf(name, told)
    if kind == "char":
        return Leaf(name, told, value=text_of(node))
    if "MATLAB_object_decode" in node.attrs:
        return Leaf(name, f"{told} object, whose content only MATLAB knows: save its numbers as plain variables")
    if node.dtype.kind not in "iuf" or kind not in NUMERIC:
        return Leaf(name, told)
    # The last axis of MATLAB's, the first one in the file, counts records.
    traces = tuple(trace.transposed() for trace in traces_in(name, shape, records_axis=len(shape) - 1))
    if not traces:
        value = float(node[()].item()) if node.size == 1 else None
        return Leaf(name, told + why_not(shape, len(shape) - 1), value=value)
    unreadable = why_unreadable(node)
    return Leaf(name, f"{told}, {unreadable}" if unreadable else told, () if unreadable else traces, array=node)


def text_of(node: "h5py.Dataset") -> str | None:
    """A row of characters, stored as UTF-16 code units; None for a matrix of characters or a long text."""
    if node.ndim != 2 or node.shape[1] != 1 or node.size > LONGEST_TEXT:
        return None
    return bytes(node[()].astype("<u2").tobytes()).decode("utf-16-le")
