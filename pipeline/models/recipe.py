"""Recipe: what is known of an architecture before any weights are loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from torch import nn

Triple = tuple[float, float, float]


class Published(NamedTuple):
    """Where an architecture's own authors put its weights.

    Attributes:
        url: of the file.
        file_name: what the file is called here; by custom it ends in the start of its SHA-256.
    """

    url: str
    file_name: str

    @classmethod
    def at(cls, url: str) -> "Published":
        """A file that keeps the name it has in its address.

        Example:
            >>> Published.at("https://example.org/models/net-0123abcd.pth").file_name
            'net-0123abcd.pth'
        """
        return cls(url, PurePosixPath(url).name)

    @property
    def stem(self) -> str:
        """The file's name up to its hash.

        Example:
            >>> Published.at("https://example.org/models/alexnet-owt-7be5be79.pth").stem
            'alexnet-owt'
        """
        return self.file_name.rpartition("-")[0]


def same_key(key: str) -> str:
    """The name of a tensor, unchanged."""
    return key


@dataclass(frozen=True)
class Recipe:
    """How to build an architecture, and where its weights are found.

    Attributes:
        name: as a config writes it.
        blocks: makes the named blocks, in order and with random weights, whose succession is the net up to its last
            feature map; dots in names nest, so that state dicts keep their published keys.
        input_size: rows and columns the net was trained on.
        mean, std: per colour, of pixels scaled to 0..1, as the net was trained.
        rename: a tensor's name in a published file -> its name here.
        published: the authors' file; None where there is none.
        stems: further first parts of file names, before `-HASH.pth`, besides the net's own name.
        package: an importable package that carries a weights file in its folder `models`.
    """

    name: str
    blocks: Callable[[], Mapping[str, nn.Module]]
    input_size: int
    mean: Triple
    std: Triple
    rename: Callable[[str], str] = same_key
    published: Published | None = None
    stems: tuple[str, ...] = ()
    package: str | None = None
