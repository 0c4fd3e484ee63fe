"""data/README.md tells what the manifests hold."""

import re
from pathlib import Path

import pytest

from pipeline.catalog.corpora import corpus_names, manifest_of
from pipeline.catalog.corpora.manifest import expand

README = Path(__file__).parents[3] / "data" / "README.md"
LINES = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_its_table_has_every_corpus_and_no_other():
    assert sorted(LINES) == corpus_names()


@pytest.mark.parametrize("name", corpus_names())
def test_it_counts_the_files_and_signals_of_the_manifest(name):
    layout, _, n_files, n_signals, _ = LINES[name].split(" | ")
    rows = expand(manifest_of(name)).rows
    assert (int(n_files), int(n_signals)) == (len({row.source for row in rows}), len(rows))
    assert f"`{manifest_of(name).folder}/" in layout


def test_it_names_the_corpora_whose_layout_is_from_documentation():
    documented = [name for name in corpus_names() if manifest_of(name).layout_from == "documentation"]
    assert sorted(documented) == sorted(list(LINES)[-4:])
