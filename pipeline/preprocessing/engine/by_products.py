"""By products: inside this block, transforms and resizing are products of matrices, which every runtime does alike.

Exported models are made inside it. onnxruntime's own Fourier transforms are off by 7e-4 of the maximum at lengths that
are not powers of two, and a fiftieth as fast as torch's; torch's exporter writes them so that OpenVINO cannot read
them; and OpenVINO resizes with weights of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WANTED: ContextVar[bool] = ContextVar("products", default=False)


@contextmanager
def by_products() -> Iterator[None]:
    """Products inside.

    Example:
        >>> with by_products():
        ...     products_wanted()
        True
        >>> products_wanted()
        False
    """
    token = _WANTED.set(True)
    try:
        yield
    finally:
        _WANTED.reset(token)


def products_wanted() -> bool:
    """Whether this runs inside `by_products`."""
    return _WANTED.get()
