"""State dicts: named tensors read from a file, and whether they are those of a given net."""

import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.errors import WeightsError

TORCH_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x04")
"""Of a zip file, as torch.save writes since 1.6, and of a plain pickle, as it wrote before."""

SHOWN = 3
"""Differences named in a message; the rest is counted."""

COUNTER = "num_batches_tracked"
"""A buffer that old files lack and no result depends on."""

WRAPPED = "module."
"""Before every name of a net that was saved in the wrapper that trained it on several devices."""


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.pth`, `.pt` or `.safetensors` file, by name; no code in the file is run.

    Raises:
        WeightsError: when the file is truncated, damaged, or holds something else than named tensors.
    """
    kind = _kind_of(path)
    if kind is None:
        what = "neither a safetensors file nor one of torch.save" if path.stat().st_size else "empty"
        raise WeightsError(f"{path} cannot be read as weights: it is {what}; give a weights file")
    try:
        state = load_file(path) if kind == "safetensors" else _unpickled(path)
    except pickle.UnpicklingError as error:
        raise WeightsError(f"{path} cannot be read as weights: {_refused(error)}") from None
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, IndexError, SafetensorError):
        raise WeightsError(
            f"{path} cannot be read as weights: it begins as a file of {kind} does, and is cut off, damaged, or "
            "something else that begins so; get it again"
        ) from None
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise WeightsError(f"{path} holds no state dict, tensors by name, but {type(state).__name__}; save one")
    return dict(state)


def _unpickled(path: Path) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch has to say of a pickle that is none of its own, our error says
        return torch.load(path, "cpu", weights_only=True)


def _kind_of(path: Path) -> str | None:
    """Which library wrote a file, by how it begins; None for what neither did.

    Raises:
        WeightsError: when it cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read as weights: {error.strerror}; check the path and its rights"
        ) from None
    if start.startswith(TORCH_STARTS):
        return "torch.save"
    # The length of a header in JSON, and the header.
    return "safetensors" if start[8:] == b"{" else None


def _refused(error: pickle.UnpicklingError) -> str:
    """Why torch did not unpickle what it found, and what to do."""
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named:
        return f"it holds {named[1]} beside tensors, and no code of a file is run; save a state dict"
    return "it begins as a file of torch.save does, and is cut off, damaged, or another pickle; get it again"


def _few(what: str, entries: Iterable[str]) -> list[str]:
    told = list(entries)
    more = ", ..." if len(told) > SHOWN else ""
    return [f"{len(told)} {what} ({', '.join(told[:SHOWN])}{more})"] if told else []


def differences(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> str:
    """What keeps a state dict from being that of a net, in words; empty where it fits.

    Args:
        state: as read from a file.
        wanted: tensors that have to be there.
        known: all tensors of the net's body; one beside them, in a part of the net they belong to, is another net's.

    Example:
        >>> net = nn.Linear(2, 3).state_dict()
        >>> differences({"weight": torch.zeros(3, 4)}, net, net)
        '1 missing (bias), 1 of another shape (weight 3x4 for 3x2)'
    """
    if state and all(key.startswith(WRAPPED) and key not in known for key in state):
        return f"every name begins with {WRAPPED}, as DataParallel writes them; save net.module.state_dict() instead"
    parts = _parts(known)
    missing = [key for key in wanted if key not in state and not key.endswith(COUNTER)]
    misshaped = [
        f"{key} {_shape(state[key])} for {_shape(tensor)}"
        for key, tensor in known.items()
        if key in state and state[key].shape != tensor.shape
    ]
    unknown = [key for key in state if key not in known and key.partition(".")[0] in parts]
    found = _few("missing", missing) + _few("of another shape", misshaped) + _few("unknown", unknown)
    return ", ".join(found)


def no_numbers(state: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> str:
    """Which tensors of a net hold values that are no numbers, in words; empty where none does.

    Example:
        >>> no_numbers({"bias": torch.tensor([1.0, torch.nan])}, {"bias": torch.zeros(2)})
        '1 with values that are no numbers (bias)'
    """
    broken = [key for key in known if key in state and not state[key].isfinite().all()]
    return ", ".join(_few("with values that are no numbers", broken))


def left_out(state: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> list[str]:
    """Parts of a file that a net's body does not have: its classifiers.

    Example:
        >>> body = {"features.0.weight": torch.zeros(1)}
        >>> left_out(body | {"fc.bias": torch.zeros(9)}, body)
        ['fc']
    """
    parts = _parts(known)
    return [part for part in _parts(state) if part not in parts]


def _parts(names: Iterable[str]) -> list[str]:
    """First parts of dotted names, each once, in their order."""
    return list(dict.fromkeys(name.partition(".")[0] for name in names))


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "scalar"


def fill(net: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Copy into a net those of its tensors that a state dict has."""
    net.load_state_dict({key: state[key] for key in net.state_dict() if key in state}, strict=False)
