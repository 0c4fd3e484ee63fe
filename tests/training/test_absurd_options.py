import pytest

from pipeline.errors import ConfigError
from pipeline.training.heads.config import HeadConfig
from pipeline.training.regime import FitConfig


@pytest.mark.parametrize(
    ("config", "options", "answer"),
    [
        (
            FitConfig,
            {"batch_windows": 10**8},
            "batch_windows: needs to be less than or equal to 1048576, got 100000000",
        ),
        (HeadConfig, {"learning_rate": 3}, "learning_rate: needs to be less than or equal to 1, got 3"),
        (HeadConfig, {"batch": 10**8}, "batch: needs to be less than or equal to 1048576, got 100000000"),
    ],
)
def test_options_with_which_nothing_can_be_learned_are_refused_in_one_line(config, options, answer):
    with pytest.raises(ConfigError) as refused:
        config.parse(options, "run.yaml")
    assert str(refused.value) == f"run.yaml: {answer}"
