"""The schema says of a config what reading it would say, so that an editor can be believed."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from jsonschema import Draft202012Validator

from pipeline.config import RunConfig, config_schema, dump_config
from pipeline.errors import ConfigError
from pipeline.preprocessing import STAGES
from pipeline.signals.conditioning.steps import STEPS

SHIPPED = [
    *sorted((Path(__file__).parents[2] / "configs").glob("*.yaml")),
    Path(str(files("pipeline").joinpath("demo.yaml"))),
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(config_schema())


def test_it_is_valid_json_schema_of_the_draft_it_names() -> None:
    schema = json.loads(json.dumps(config_schema(), allow_nan=False))
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_it_accepts_every_config_that_ships_short_and_written_out(path: Path, validator: Draft202012Validator) -> None:
    raw = yaml.safe_load(path.read_text("utf-8"))
    validator.validate(raw)
    validator.validate(yaml.safe_load(dump_config(RunConfig.parse(raw, path.name))))


@pytest.mark.parametrize(
    "change",
    [
        {"split": "none"},
        {"calibration": "none"},
        {"conditioning": ["detrend", {"detrend": None}, {"high_pass": {"cutoff_hz": 10}}]},
        {"branches": [{"regime": {"last_blocks": 3}, "backbone": "small"}]},
        {"branches": [{"head": "logistic"}, {"head": {"method": "ridge", "strength": "auto"}}]},
        {"stages": [{"planes": {"images": [["stft"], [{"fold": {"per_turn": True}}, "standardise"]]}}]},
        {"stages": [{"crop": {"rows": [5, 10], "columns": 3}}]},
    ],
)
def test_it_takes_what_a_config_takes(change: dict[str, Any], validator: Draft202012Validator) -> None:
    raw = tiny.config(Path("catalog.csv"), **change)
    RunConfig.parse(raw, "x.yaml")
    validator.validate(raw)


@pytest.mark.parametrize(
    "change",
    [
        {"stages": [{"stft": {"n_ftt": 64}}]},
        {"stages": ["sftf"]},
        {"stages": [{"stft": {}, "decibels": {}}]},
        {"stages": [{"stft": {"n_fft": "many"}}]},
        {"stages": [{"resize": {"rows": 0}}]},
        {"stages": [{"planes": {"images": [[{"stft": {"n_ftt": 64}}]]}}]},
        {"branches": [{"stages": [{"resize": {"row": 8}}]}]},
        {"branches": [{"head": {"methd": "ridge"}}]},
        {"branches": [{"head": "rigde"}]},
        {"branches": [{"regime": {"last_block": 3}}]},
        {"conditioning": [{"high_pass": {"cutof_hz": 10}}]},
        {"conditioning": ["high_pass"]},
        {"conditioning": ["stft"]},
        {"calibration": "nothing"},
        {"windw": {"samples": 8}},
    ],
)
def test_it_refuses_what_a_config_refuses(change: dict[str, Any], validator: Draft202012Validator) -> None:
    raw = tiny.config(Path("catalog.csv"), **change)
    with pytest.raises(ConfigError):
        RunConfig.parse(raw, "x.yaml")
    assert not validator.is_valid(raw)


@pytest.mark.parametrize(("entry", "registry"), [("Stage", STAGES), ("Step", STEPS)])
def test_every_stage_and_step_is_in_it_with_all_of_its_options(entry: str, registry: Any) -> None:
    definitions = config_schema()["$defs"]
    _, named = definitions[entry]["anyOf"]
    assert set(named["properties"]) == set(registry)
    for name, one in named["properties"].items():
        reference = next(way for way in one.get("anyOf", [one]) if "$ref" in way)["$ref"]
        options = definitions[reference.rpartition("/")[2]].get("properties", {})
        assert set(options) == set(getattr(registry[name], "Config", registry[name]).model_fields)
        assert one["description"]
