"""Installed: libraries of an extra, imported when something asks for them."""

import importlib
from types import ModuleType

from pipeline.errors import RequestError


def installed(library: str, what: str, extra: str = "deploy") -> ModuleType:
    """A library of an extra, imported.

    Args:
        library: its import name.
        what: asks for it, for the message.
        extra: of the package that brings it.

    Raises:
        RequestError: when it is not installed.

    Example:
        >>> installed("no_such_runtime", "engine none")
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: engine none needs no_such_runtime; pip install 'faultprint[deploy]'
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        raise RequestError(f"{what} needs {library}; pip install 'faultprint[{extra}]'") from None
