"""`faultprint config explain`: a key's meaning, what it may be, and where it stands, of every key there is."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from pipeline import cli
from pipeline.config import RunConfig, config_schema, every_key, explain_key
from pipeline.errors import ConfigError
from pipeline.preprocessing.images.fault_order import FaultOrderConfig
from pipeline.windows import WindowConfig


def test_every_key_says_what_it_means_and_what_it_may_be() -> None:
    keys = [explain_key(key) for key in every_key()]
    assert {"window.seconds", "branches.regime", "stages.fault_order.harmonics", "fit.epochs"} <= {
        one.key for one in keys
    }
    assert not [one.key for one in keys if not one.meaning or "anything" in one.type]


def test_every_example_stands_where_a_config_has_it() -> None:
    validator = Draft202012Validator(config_schema())
    for key in every_key():
        example = yaml.safe_load(explain_key(key).example)
        wrong = list(validator.iter_errors(tiny.config(Path("catalog.csv")) | example))
        assert not wrong, f"{key}: {example}: {wrong[0].message}"


@pytest.mark.parametrize("key", list(RunConfig.model_fields))
def test_the_example_of_a_top_key_is_one_that_a_config_takes(key: str) -> None:
    RunConfig.parse(tiny.config(Path("catalog.csv")) | yaml.safe_load(explain_key(key).example), "x.yaml")


def test_bounds_are_those_that_a_config_holds_a_value_to() -> None:
    assert explain_key("window.seconds").bounds == {"exclusiveMinimum": 0}
    with pytest.raises(ValidationError):
        WindowConfig(seconds=0)
    most = explain_key("stages.fault_order.harmonics").bounds["maximum"]
    assert FaultOrderConfig(harmonics=most).harmonics == most
    with pytest.raises(ValidationError):
        FaultOrderConfig(harmonics=most + 1)


def test_choices_and_default_are_told() -> None:
    regime = explain_key("branches.0.regime")
    assert regime == explain_key("branches.regime")
    assert set(regime.choices) == {"head", "last_blocks", "full", "scratch", "auto", "as_is"}
    assert regime.default == "head"
    assert explain_key("window").needed
    assert explain_key("window").keys == tuple(WindowConfig.model_fields)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("windw.seconds", "did you mean 'window.seconds'?"),
        ("seconds", "did you mean 'window.seconds'?"),
        ("branches.regim", "did you mean 'branches.regime'?"),
        ("stages.wavlet.rows", "did you mean 'stages.wavelet.rows'?"),
        ("window.seconds.more", "did you mean 'window.seconds'?"),
        ("zzz", "faultprint config explain lists what there is"),
        ("0", "faultprint config explain lists what there is"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(key: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        explain_key(key)
    assert str(error.value) == f"a config has no key '{key}'; {said}"


def told(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(["config", "explain", *arguments])
    return (code, *capfd.readouterr())


def test_the_command_tells_a_key_in_lines(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capfd, "window.seconds")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "window.seconds: its length in seconds; needs rate_hz",
        "  may be     number > 0 or none",
        "  if absent  none",
        "  beside     samples, turns, per_signal, overlap",
        "  example    window:",
        "               seconds: 1.0",
    ]


def test_the_command_tells_what_stands_inside(capfd: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(capfd, "stages.fault_order")
    assert any(line.startswith("harmonics\twhole number ≥ 1 and ≤ 20\t5\t") for line in out.splitlines())


def test_json_is_one_document(capfd: pytest.CaptureFixture[str]) -> None:
    one: dict[str, Any] = json.loads(told(capfd, "fit.epochs", "--json")[1])
    assert (one["key"], one["default"], one["needed"], one["bounds"]) == ("fit.epochs", 8, False, {"minimum": 1})
    every = json.loads(told(capfd, "--json")[1])["keys"]
    assert [each["key"] for each in every] == list(RunConfig.model_fields)


def test_without_a_key_the_top_ones_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capfd)
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()[1:]] == list(RunConfig.model_fields)


def test_an_unknown_key_is_one_line_and_exit_code_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert told(capfd, "windw") == (2, "", "faultprint: a config has no key 'windw'; did you mean 'window'?\n")
