"""Configs: strict, helpful, complete."""

from pathlib import Path

import pytest
import yaml
from tiny import config, write_config

from pipeline.config import RunConfig, config_schema, dump_config, load_config
from pipeline.errors import ConfigError

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_that_ships_is_valid_and_named_after_its_file(path: Path) -> None:
    assert load_config(path).name == ("mine" if path.stem == "example" else path.stem)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"windw": {"samples": 8}}, "windw: unknown key; did you mean 'window'?"),
        ({"window": {"sampels": 500}}, "window.sampels: unknown key; did you mean 'samples'?"),
        ({"branches": [{"backbnoe": "small"}]}, "branches.0.backbnoe: unknown key; did you mean 'backbone'?"),
        ({"branches": [{"head": {"methd": "ridge"}}]}, "unknown key; did you mean 'method'?"),
        ({"stages": [{"stft": {"n_ftt": 64}}]}, "n_fft"),
        ({"stages": ["sftf"]}, "did you mean 'stft'"),
        ({"rate_hz": -5}, "rate_hz: needs to be greater than 0, got -5"),
        ({"branches": [{"regime": "hed"}]}, "branches.0.regime"),
        ({"branches": []}, "branches"),
        ({"rate_hz": 1e12}, "rate_hz: needs to be less than or equal to 100000000"),
        ({"stages": [{"wavelet": {"columns": 10**9}}]}, "less than or equal to 4096"),
        ({"data": {"corpus": "cwru", "catalog": "x.csv"}}, "exactly one of corpus, catalog"),
        ({"branches": [{"regime": "full"}]}, "needs a backbone"),
        ({"name": "../../etc"}, "name"),
    ],
)
def test_a_wrong_key_or_value_is_told_in_one_line_with_the_file(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = write_config(tmp_path / "run.yaml", tmp_path / "catalog.csv", **change)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert said in message
    assert message.startswith(str(path))
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [1", "\x00\x01"])
def test_a_file_that_is_no_config_is_told_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"run\.yaml"):
        load_config(tmp_path / "run.yaml")


def test_a_missing_config_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "no.yaml")


def test_settings_override_by_dotted_path(tmp_path: Path) -> None:
    path = write_config(tmp_path / "run.yaml", tmp_path / "catalog.csv")
    found = load_config(path, ("branches.0.regime=full", "window.samples=640", "fit.epochs=2"))
    assert (found.branches[0].regime, found.window.samples, found.fit.epochs) == ("full", 640, 2)


@pytest.mark.parametrize("override", ["window.samples", "branches.7.regime=full", "name.x=1", "branches.x=1"])
def test_an_override_that_fits_nowhere_is_refused(tmp_path: Path, override: str) -> None:
    path = write_config(tmp_path / "run.yaml", tmp_path / "catalog.csv")
    with pytest.raises(ConfigError, match="--set"):
        load_config(path, (override,))


def test_a_dumped_config_is_complete_and_reads_back_equal(tmp_path: Path) -> None:
    first = RunConfig.parse(config(tmp_path / "catalog.csv"), "tiny")
    text = dump_config(first)
    assert "learning_rate" in text
    assert RunConfig.parse(yaml.safe_load(text), "tiny") == first


def test_a_relative_catalog_lies_beside_the_config(tmp_path: Path) -> None:
    path = write_config(tmp_path / "run.yaml", Path("catalog.csv"))
    assert load_config(path).data.catalog == str(tmp_path / "catalog.csv")


def test_the_schema_describes_every_key_of_a_config() -> None:
    assert set(config_schema()["properties"]) == set(RunConfig.model_fields)
