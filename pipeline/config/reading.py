"""Reading: a run's config from YAML and back, and what a user overrides of it."""

import os
from pathlib import Path
from typing import Any

import yaml

from pipeline.config.run import RunConfig
from pipeline.errors import ConfigError
from pipeline.readers.places import joined, place_of


def _overridden(raw: dict[str, Any], override: str) -> None:
    """Apply one `a.b.0.c=value`, the value read as YAML."""
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise ConfigError(f"--set {override}: needs key=value, such as branches.0.regime=full")
    *outer, last = path.split(".")
    place: Any = raw
    try:
        for part in outer:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[int(last) if isinstance(place, list) else last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"--set {override}: '{text}' is not YAML; quote it") from None
    except (ValueError, IndexError, TypeError, AttributeError):
        raise ConfigError(f"--set {override}: there is no place '{path}' in the config") from None


def load_config(path: Path | str, overrides: tuple[str, ...] = ()) -> RunConfig:
    """Read and check a run's config.

    Args:
        path: a YAML file; a relative catalog inside it is relative to its folder.
        overrides: `key=value` settings that win over the file.

    Raises:
        ConfigError: one line naming file, key, and what would be right.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "run.yaml"
        ...     _ = path.write_text(
        ...         "{name: pumps, data: {catalog: pumps.csv}, rate_hz: 12000, window: {seconds: 0.5}, "
        ...         "task: multilabel, split: {group: specimen, test_share: 0.5}, stages: [fault_order], "
        ...         "branches: [{head: ridge}]}"
        ...     )
        ...     load_config(path, ("window.seconds=1",)).window.seconds
        1.0
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give the path of a config file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())[:160]}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: needs keys and values, such as data: {{corpus: cwru}}")
    for override in overrides:
        _overridden(raw, override)
    try:
        config = RunConfig.parse(raw, str(path))
    except ConfigError as error:
        # A stage's own complaint does not know the file it stands in.
        raise ConfigError(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None
    return _with_paths_from(config, path.parent)


def _with_paths_from(config: RunConfig, folder: Path) -> RunConfig:
    if config.data.catalog is None:
        return config
    data = config.data.model_copy(update={"catalog": str(joined(folder, config.data.catalog))})
    return config.model_copy(update={"data": data})


def dump_config(config: RunConfig, folder: Path | None = None) -> str:
    """The complete config as YAML, every default written out.

    Args:
        config: a run's.
        folder: where the YAML will lie: a relative catalog is written as it is reached from there, so that
            `load_config` finds it again, and the two may be moved together.

    Example:
        >>> raw = {"name": "x", "data": {"corpus": "cwru"}, "window": {"samples": 64}, "stages": [], "branches": [{}]}
        >>> "folds: 5" in dump_config(RunConfig.parse(raw, "x.yaml"))
        True
    """
    if folder is not None and config.data.catalog is not None:
        data = config.data.model_copy(update={"catalog": _seen_from(folder, config.data.catalog)})
        config = config.model_copy(update={"data": data})
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _seen_from(folder: Path, catalog: str) -> str:
    """A path relative to here as one relative to a folder; an absolute one, and a URL, as it is."""
    place = place_of(catalog)
    if not isinstance(place, Path) or place.is_absolute():
        return catalog
    # Folders by their true names, as ".." does not lead back through a link; of the file the name alone is kept.
    return os.path.relpath(place.parent.resolve() / place.name, folder.resolve())
