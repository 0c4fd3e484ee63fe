"""Places: any path may be a URL; here it becomes a local file, a list of files, or one line that says why not."""

from pipeline.readers.places.fetching import content_hash, local_copy, told_by_place
from pipeline.readers.places.listing import SIDE, SIDE_SUFFIXES, Found, exists, is_folder, listed, with_side
from pipeline.readers.places.place import Place, folder_of, is_url, joined, name_of, place_of

__all__ = [
    "SIDE",
    "SIDE_SUFFIXES",
    "Found",
    "Place",
    "content_hash",
    "exists",
    "folder_of",
    "is_folder",
    "is_url",
    "joined",
    "listed",
    "local_copy",
    "name_of",
    "place_of",
    "told_by_place",
    "with_side",
]
