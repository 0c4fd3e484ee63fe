"""The site builds offline and without a warning; every link and anchor of it leads somewhere, nothing is fetched."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("object", "data"),
}
BARE = re.compile(r"<p>(?:(?!</p>).)*?\n(?:[-*] |\d+\. |\| )", re.DOTALL)
"""A list or a table that Markdown took for words, because no empty line is before it."""

pytest.importorskip("mkdocs", reason="needs the extra docs")


class Page(HTMLParser):
    """What a page names, and what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := named.get(key))}
        if tag == "a" and named.get("href"):
            self.links.append(named["href"] or "")
        if named.get("rel") not in ("canonical", "next", "prev"):
            self.fetched += [value for key, value in attrs if (tag, key) in FETCHED and value]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, somewhere else."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    # The proxy leads nowhere, so whatever asked for a network would end the build.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = os.environ | nowhere | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page, read."""
    return {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}


def test_every_link_and_anchor_leads_somewhere(pages: dict[Path, Page], site: Path) -> None:
    broken = [
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        for link in page.links
        if not leads_somewhere(link, path, pages)
    ]
    assert broken == []


def leads_somewhere(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    """Whether a link of a page has an end; those to other sites are not followed."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "mailto"):
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors


def test_nothing_is_fetched_from_anywhere(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert [place for place in page.fetched if urlsplit(place).netloc] == [], path
        for place in page.fetched:
            assert (path.parent / unquote(urlsplit(place).path)).exists(), f"{path}: {place}"
    assert len(pages) > 25


def test_styles_fetch_nothing(site: Path) -> None:
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text("utf-8")), style


def test_no_list_or_table_is_taken_for_words(pages: dict[Path, Page]) -> None:
    assert [(str(path), found) for path, page in pages.items() for found in BARE.findall(page.text)] == []


def test_every_page_of_the_folder_is_reached_from_the_menu(pages: dict[Path, Page], site: Path) -> None:
    home = (site / "index.html").resolve()
    menu = {(home.parent / urlsplit(link).path).resolve() for link in pages[site / "index.html"].links}
    assert {path for path in pages if path.resolve() not in menu | {home}} == set()


def test_make_docs_builds_the_same() -> None:
    planned = subprocess.run(
        ["make", "--no-print-directory", "-n", "docs"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert planned.splitlines()[-1].endswith("mkdocs build --strict")
