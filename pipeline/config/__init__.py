"""Config: a run's YAML, how it is read, and what an editor and a user are told of its keys."""

from pipeline.config.keys import Key, every_key, explain_key, top_keys
from pipeline.config.reading import dump_config, load_config
from pipeline.config.run import CalibrationConfig, DataConfig, RunConfig
from pipeline.config.schema import config_schema

__all__ = [
    "CalibrationConfig",
    "DataConfig",
    "Key",
    "RunConfig",
    "config_schema",
    "dump_config",
    "every_key",
    "explain_key",
    "load_config",
    "top_keys",
]
