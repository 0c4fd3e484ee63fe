"""Links of the site: pages are written for a code host, where a link may lead anywhere in the repository.

MkDocs sees the folder `docs` alone. What a page links to elsewhere (configs, notebooks, pictures of results, pages
beside the code) is taken along under `repository/`, and the links are bent to it. Loaded as a hook by `mkdocs.yml`.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = "docs"
ELSEWHERE = "repository"
FENCED = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\()([^)\s]+)(\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files of `docs`, and those elsewhere that pages link to, pages among them included."""
    found = {file.src_uri for file in files}
    waiting = [f"{DOCS}/{file.src_uri}" for file in files.documentation_pages()]
    while waiting:
        for target in _linked(waiting.pop()):
            place = _place(target)
            if place not in found:
                found.add(place)
                files.append(File.generated(config, place, abs_src_path=str(ROOT / target)))
                waiting += [target] if target.endswith(".md") else []
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """The text of a page, its links bent to where things lie on the site."""
    source = _source(page.file.src_uri)
    here = posixpath.dirname(page.file.src_uri)

    def bent(target: str) -> str:
        path, hash_, anchor = target.partition("#")
        inside = _inside(source, path)
        return posixpath.relpath(_place(inside), here or ".") + hash_ + anchor if inside else target

    return _with_links(markdown, bent)


def _with_links(markdown: str, bent: Callable[[str], str]) -> str:
    """The text with every link changed, code left as it is."""
    parts = FENCED.split(markdown)
    parts[::2] = [LINK.sub(lambda found: found[1] + bent(found[2]) + found[3], part) for part in parts[::2]]
    return "".join(parts)


def _linked(source: str) -> Iterator[str]:
    """What a page links to outside `docs`, as paths from the root of the repository."""
    text = "".join(FENCED.split((ROOT / source).read_text(encoding="utf-8"))[::2])
    for _, target, _ in LINK.findall(text):
        inside = _inside(source, target.partition("#")[0])
        if inside and not inside.startswith(f"{DOCS}/"):
            if not (ROOT / inside).is_file():
                raise PluginError(f"{source}: links to {target}, and there is no file {inside}")
            yield inside


def _inside(source: str, path: str) -> str | None:
    """Where a relative link of a page leads, from the root of the repository; None for other links."""
    if not path or re.match(r"[a-z]+:|/", path):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), path))


def _place(path: str) -> str:
    """Where a file of the repository lies on the site."""
    return path.removeprefix(f"{DOCS}/") if path.startswith(f"{DOCS}/") else f"{ELSEWHERE}/{path}"


def _source(place: str) -> str:
    """Where a page of the site lies in the repository."""
    elsewhere = f"{ELSEWHERE}/"
    return place.removeprefix(elsewhere) if place.startswith(elsewhere) else f"{DOCS}/{place}"
