"""Originals: sound files for every reader, real ones where they are at hand, else written by independent libraries."""

import csv
import gzip
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from pipeline.errors import FaultprintError
from pipeline.readers import READERS
from pipeline.readers.choose import find_reader

RATE_HZ = 8000
SAMPLES = np.random.default_rng(7).integers(-8000, 8000, size=(2, 2000)) / 64.0
LARGEST_BYTES = 4_000_000
PER_READER = 6
NAMED_ONLY = {"vectors": ".csv", "raw": ".wav"}
"""Readers that are never found by content -> which written file they are given, by its end."""


def originals(folder: Path, data: Path | None) -> dict[str, list[Path]]:
    """Files by the reader that opens them: the smallest real ones first, then the written ones.

    Args:
        folder: where the written ones go.
        data: the public recordings, where they are at hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [write(folder / name) for name, write in WRITERS.items()]
    real = sorted((path for path in data.rglob("*") if small(path)), key=size) if data else []
    found: dict[str, list[Path]] = {name: [] for name in READERS}
    for path in [*unlike(real), *written]:
        try:
            name = find_reader(path).name
        except FaultprintError:
            continue
        found.setdefault(name, []).append(path)
    for name, end in NAMED_ONLY.items():
        if name in found:
            found[name] += [path for path in written if path.name.endswith(end)]
    return {name: spread(paths) for name, paths in found.items()}


def small(path: Path) -> bool:
    """Whether a file is worth thousands of readings."""
    return path.is_file() and 0 < size(path) <= LARGEST_BYTES


def size(path: Path) -> int:
    """Bytes of a file."""
    return path.stat().st_size


def unlike(paths: Iterable[Path]) -> list[Path]:
    """The three smallest of each folder and suffix, all of a folder of odd ones."""
    kept: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        kept.setdefault((path.parent.name, path.suffix), []).append(path)
    return [path for (folder, _), group in kept.items() for path in (group if folder == "odd" else group[:3])]


def spread(paths: list[Path]) -> list[Path]:
    """At most six, real and written ones."""
    return paths if len(paths) <= PER_READER else [*paths[: PER_READER - 2], *paths[-2:]]


def write_matlab(path: Path) -> None:
    """MATLAB 5, packed, with a struct."""
    from scipy.io import savemat

    savemat(path, {"test": {"vib": SAMPLES, "sr": float(RATE_HZ)}, "RPM": 1797.0}, do_compression=True)


def write_matlab_4(path: Path) -> None:
    """MATLAB 4."""
    from scipy.io import savemat

    savemat(path, {"a": SAMPLES[0], "b": SAMPLES[1]}, format="4")


def write_matlab_73(path: Path) -> None:
    """HDF5 as MATLAB lays it out."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        for name, stored in {"vib": SAMPLES.T, "fs": np.array([[float(RATE_HZ)]])}.items():
            file.create_dataset(name, data=stored, compression="gzip" if stored.size > 1 else None)
            file[name].attrs["MATLAB_class"] = np.bytes_(b"double")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def write_hdf5(path: Path) -> None:
    """HDF5: groups, attributes, packed and plain data."""
    import h5py

    with h5py.File(path, "w") as file:
        group = file.create_group("rig")
        group.attrs["rate_hz"] = float(RATE_HZ)
        group.create_dataset("de", data=SAMPLES[0], chunks=(500,), compression="gzip", shuffle=True)
        group.create_dataset("fe", data=(SAMPLES[1] * 64).astype("i2"))


def write_parquet(path: Path) -> None:
    """Parquet."""
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"de": SAMPLES[0], "fe": SAMPLES[1]}), path)


def write_feather(path: Path) -> None:
    """Feather (Arrow IPC)."""
    import pyarrow
    from pyarrow import feather

    feather.write_feather(pyarrow.table({"de": SAMPLES[0], "fe": SAMPLES[1]}), str(path))


def write_npy(path: Path) -> None:
    """One array."""
    with path.open("wb") as file:
        np.save(file, SAMPLES)


def write_npz(path: Path) -> None:
    """Several arrays, packed."""
    with path.open("wb") as file:
        np.savez_compressed(file, de=SAMPLES[0], fe=SAMPLES[1], fs=RATE_HZ)


def write_wav(path: Path) -> None:
    """WAV, counts."""
    from scipy.io import wavfile

    wavfile.write(path, RATE_HZ, (SAMPLES.T * 64).astype("i2"))


def write_wav_24(path: Path) -> None:
    """WAV, 24 bits, by libsndfile."""
    import soundfile

    soundfile.write(path, SAMPLES.T / 128, RATE_HZ, format="WAV", subtype="PCM_24")


def write_flac(path: Path) -> None:
    """FLAC."""
    import soundfile

    soundfile.write(path, SAMPLES.T / 128, RATE_HZ, format="FLAC")


def write_tdms(path: Path) -> None:
    """TDMS, two segments."""
    from nptdms import ChannelObject, TdmsWriter

    with TdmsWriter(str(path)) as writer:
        for part in np.hsplit(SAMPLES, 2):
            channels = zip(("de", "fe"), part, strict=True)
            writer.write_segment(
                [ChannelObject("rig", name, row, {"wf_increment": 1 / RATE_HZ}) for name, row in channels]
            )


def write_uff(path: Path, binary: int = 0) -> None:
    """UFF 58, ASCII or binary."""
    import pyuff

    sets = [
        {
            "type": 58,
            "binary": binary,
            "func_type": 1,
            "rsp_node": k + 1,
            "rsp_dir": 3,
            "ref_node": 0,
            "ref_dir": 0,
            "data": row,
            "x": np.arange(row.size) / RATE_HZ,
            "id1": f"channel {k}",
            "rsp_ent_name": "rig",
            "ref_ent_name": "rig",
            "abscissa_spacing": 1,
            "abscissa_spec_data_type": 17,
            "orddenom_spec_data_type": 0,
        }
        for k, row in enumerate(SAMPLES)
    ]
    pyuff.UFF(str(path)).write_sets(sets, "overwrite")


def write_csv(path: Path) -> None:
    """CSV with times and names."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Time (s)", "de (g)", "fe (g)"])
        writer.writerows([f"{k / RATE_HZ:.9f}", *SAMPLES[:, k]] for k in range(SAMPLES.shape[1]))


def write_text(path: Path) -> None:
    """Columns between white space."""
    np.savetxt(path, SAMPLES.T, fmt="%12.5e")


def write_packed(path: Path) -> None:
    """A table with semicolons and decimal commas in gzip."""
    rows = "".join(f"{a};{b}\n" for a, b in SAMPLES.T).replace(".", ",")
    path.write_bytes(gzip.compress(("de;fe\n" + rows).encode(), mtime=0))


def writes(path_writer: Callable[[Path], None]) -> Callable[[Path], Path]:
    """The writer, handing back the path."""

    def write(path: Path) -> Path:
        path_writer(path)
        return path

    return write


WRITERS: Mapping[str, Callable[[Path], Path]] = {
    name: writes(writer)
    for name, writer in {
        "written.mat": write_matlab,
        "written_4.mat": write_matlab_4,
        "written_73.mat": write_matlab_73,
        "written.h5": write_hdf5,
        "written.parquet": write_parquet,
        "written.feather": write_feather,
        "written.npy": write_npy,
        "written.npz": write_npz,
        "written.wav": write_wav,
        "written_24.wav": write_wav_24,
        "written.flac": write_flac,
        "written.tdms": write_tdms,
        "written.uff": write_uff,
        "written_binary.uff": lambda path: write_uff(path, binary=1),
        "written.csv": write_csv,
        "written.txt": write_text,
        "written.csv.gz": write_packed,
    }.items()
}
