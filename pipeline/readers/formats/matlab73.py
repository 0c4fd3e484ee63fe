"""MATLAB 7.3 files: HDF5 with MATLAB's conventions, read in slices through h5py.

Source: MathWorks, `save` and "MAT-File Versions": HDF5 behind a 512-byte header, arrays stored with axes reversed, the
class of each in the attribute MATLAB_class, cells and struct arrays as references into the group #refs#.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.base import Header, Reader, damage_told, first_bytes
from pipeline.readers.traces import traces_in
from pipeline.readers.workspace import Leaf, workspace_header, workspace_recording
from pipeline.signals.recording import Recording

if TYPE_CHECKING:
    import h5py

LONGEST_TEXT = 1000
"""Longer texts are notes, not facts."""


class Matlab73Reader(Reader):
    """MATLAB 7.3; variables, fields and elements are named as in `MatlabReader`."""

    name = "matlab73"
    suffixes = (".mat",)

    def can_read(self, path: Path) -> bool:
        """By MATLAB's version mark in front of the HDF5, or by HDF5 whose members carry MATLAB_class."""
        import h5py

        if first_bytes(path, 128)[124:128] == b"\x00\x02IM":
            return True
        try:
            with h5py.File(path, "r") as file:
                return is_matlab(file)
        except (OSError, RuntimeError, KeyError):
            return False

    def header(self, path: Path) -> Header:
        """Channels and facts; arrays stay on disk."""
        import h5py

        with damage_told(path, "MATLAB 7.3"), h5py.File(path, "r") as file:
            return workspace_header(leaves_of(file, path), path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored; only the slice asked for is loaded."""
        import h5py

        with damage_told(path, "MATLAB 7.3"), h5py.File(path, "r") as file:
            return workspace_recording(leaves_of(file, path), path, channels, start, stop)


def is_matlab(file: "h5py.File") -> bool:
    """Whether any member says its MATLAB class, as every one written by MATLAB does."""
    return any("MATLAB_class" in file[name].attrs for name in file)


def leaves_of(file: "h5py.File", path: Path) -> list[Leaf]:
    """Everything in the file, arrays as datasets that load on slicing.

    Raises:
        ReadError: for HDF5 that is not MATLAB's.
    """
    if not is_matlab(file):
        raise ReadError(
            f"{path}: HDF5, but not written by MATLAB 7.3, so its layout is unknown; save the signal as .npy or .csv"
        )
    names = [name for name in file if not name.startswith("#")]
    return [leaf for name in names for leaf in walked(name, file[name])]


def walked(name: str, node: Any) -> Iterator[Leaf]:
    """A member and all that lies in it; what a reference points at counts as lying there."""
    import h5py

    if isinstance(node, h5py.Group):
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
    fields = fields_of(group)
    n_elements = array_length(group, fields)
    if n_elements is None:
        for field in fields:
            yield from walked(f"{name}.{field}", group[field])
        return
    columns = {field: referred(group[field]) for field in fields}
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


def array_length(group: "h5py.Group", fields: Sequence[str]) -> int | None:
    """How many elements a struct array has; None for a single struct.

    In a struct array every field is a dataset of references without a class of its own; a cell has the class `cell`.
    """
    import h5py

    members = [group[field] for field in fields]
    plural = bool(members) and all(
        isinstance(member, h5py.Dataset)
        and h5py.check_ref_dtype(member.dtype) is h5py.Reference
        and "MATLAB_class" not in member.attrs
        for member in members
    )
    return int(members[0].size) if plural else None


def referred(node: "h5py.Dataset") -> list[Any]:
    """What the references of a cell or field point at, in MATLAB's order (its axes are the reverse of HDF5's)."""
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
    if node.dtype.kind not in "iuf" or kind == "logical":
        return Leaf(name, told)
    traces = tuple(trace.transposed() for trace in traces_in(name, shape))
    return Leaf(name, told, traces, float(node[()].item()) if node.size == 1 else None, node)


def text_of(node: "h5py.Dataset") -> str | None:
    """A row of characters, stored as UTF-16 code units; None for a matrix of characters or a long text."""
    if node.ndim != 2 or node.shape[1] != 1 or node.size > LONGEST_TEXT:
        return None
    return bytes(node[()].astype("<u2").tobytes()).decode("utf-16-le")
