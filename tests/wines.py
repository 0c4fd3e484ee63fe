"""A table of sensor vectors: the wines of Forina et al., as scikit-learn ships them."""

import csv
from pathlib import Path

from sklearn.datasets import load_wine


def write_wines(path: Path, with_class: bool = True, rows: slice = slice(None)) -> Path:
    """A wine a row, its class last, unless told otherwise."""
    wine = load_wine()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*wine.feature_names, *(["class"] if with_class else [])])
        for values, label in zip(wine.data[rows], wine.target_names[wine.target][rows], strict=True):
            writer.writerow([*map(float, values), *([label] if with_class else [])])
    return path
