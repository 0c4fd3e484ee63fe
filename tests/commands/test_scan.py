"""`faultprint scan`: a folder that looks like a public data set is met with the flag that knows it."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile


@pytest.mark.parametrize(("name", "told"), [("cwru", "--corpus cwru"), ("pumps", None)])
def test_unlabelled_files_in_the_folder_of_a_public_data_set_are_told_of_its_flag(
    run, tmp_path: Path, name: str, told: str | None
) -> None:
    (tmp_path / name).mkdir()
    wavfile.write(tmp_path / name / "105.wav", 12000, np.zeros(1200, np.float32))
    code, _, err = run("scan", tmp_path / name, "--out", tmp_path / "catalog.csv")
    assert code == 0
    assert told in err if told else not err
