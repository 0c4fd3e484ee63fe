"""Corpora: public data sets, each described by a manifest (YAML) beside this file."""

from pipeline.catalog.corpora.checking import FileCheck, check_corpus, tallied
from pipeline.catalog.corpora.loading import corpus_kept_in, corpus_names, load_corpus, manifest_of
from pipeline.catalog.corpora.manifest import Manifest
from pipeline.catalog.corpora.overview import Overview, overviews
from pipeline.catalog.corpora.shipped import CORPORA

__all__ = [
    "CORPORA",
    "FileCheck",
    "Manifest",
    "Overview",
    "check_corpus",
    "corpus_kept_in",
    "corpus_names",
    "load_corpus",
    "manifest_of",
    "overviews",
    "tallied",
]
