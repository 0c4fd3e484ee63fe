"""Chain: stages by name, one after the other, as a config writes them."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from torch import nn

from pipeline.errors import ConfigError, FaultprintError, did_you_mean
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.augment.augmentation import turns_needed
from pipeline.preprocessing.base import MOST_WHEELS, Batch, ImageAxes, OrdersOf, Setting, Stage, StageConfig
from pipeline.strict import needs

StageSpec = str | dict[str, dict[str, Any] | None]
"""`decibels`, or `{wavelet: {rows: 128}}`."""


def parse_stage(spec: StageSpec) -> tuple[str, StageConfig]:
    """A stage's name and checked options.

    Raises:
        ConfigError: for an unknown stage or option, with the nearest name.

    Example:
        >>> parse_stage({"fold": {"rows": 8, "columns": 8}})
        ('fold', FoldConfig(rows=8, columns=8, per_turn=False))
    """
    if isinstance(spec, str):
        spec = {spec: None}
    if len(spec) != 1:
        raise ConfigError(f"stages: each entry names one stage, got {', '.join(spec)}")
    ((name, options),) = spec.items()
    try:
        kind = STAGES[name].Config
    except FaultprintError as error:
        raise ConfigError(f"stages: {error}") from None
    try:
        return name, kind(**(options or {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        known = f"; known: {', '.join(kind.model_fields) or 'none'}"
        hint = (did_you_mean(key, kind.model_fields) or known) if first["type"] == "extra_forbidden" else ""
        place = f"stages.{name}.{key}" if key else f"stages.{name}"
        if first["type"] == "value_error":
            raise ConfigError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from None
        said = "unknown option" if first["type"] == "extra_forbidden" else needs(first["type"], first["msg"])
        raise ConfigError(f"{place}: {said}, got {first['input']!r}{hint}") from None


def _known(specs: list[StageSpec]) -> list[StageSpec]:
    for spec in specs:
        parse_stage(spec)
    return specs


KnownStages = Annotated[list[StageSpec], AfterValidator(_known)]
"""The stages that a config names, each checked as it is read."""


def as_spec(name: str, config: StageConfig) -> dict[str, Any]:
    """The complete spelling of a stage, every option written out."""
    return {name: config.model_dump(mode="json")}


def one_kind_of_orders(kinds: Iterable[OrdersOf | None]) -> OrdersOf | None:
    """Whose orders a model is given: a bearing's or a gear's, as a batch carries one kind.

    Raises:
        ConfigError: for both.

    Example:
        >>> one_kind_of_orders([None, "gear", "gear"])
        'gear'
    """
    wanted = {kind for kind in kinds if kind is not None}
    if len(wanted) > 1:
        raise ConfigError("stages: one model reads the orders of bearings or of gears, not both; train two models")
    return wanted.pop() if wanted else None


def one_band(bands: Iterable[tuple[float, float] | None]) -> tuple[float, float] | None:
    """The band that several read of the same samples; None, everything up to half the rate, where one does not say.

    Example:
        >>> one_band([(100.0, 2000.0), (50.0, 800.0)])
        (50.0, 2000.0)
        >>> one_band([(100.0, 2000.0), None])
    """
    every = list(bands)
    said = [band for band in every if band]
    return (min(low for low, _ in said), max(high for _, high in said)) if said and len(said) == len(every) else None


def lowest(limits: Iterable[float | None]) -> float | None:
    """The lowest of some limits, None being none.

    Example:
        >>> lowest([None, 2000.0, 500.0])
        500.0
    """
    return min((limit for limit in limits if limit is not None), default=None)


class Chain(nn.Module):
    """Stages in their order.

    Args:
        specs: stages as a config writes them.
        setting: rate and window length; for a chain that goes on after another one, that chain's `after`.

    Example:
        >>> import torch
        >>> chain = Chain([{"fold": {"rows": 2, "columns": 3}}], Setting(None, 6))
        >>> chain(Batch.of(torch.arange(6.0).reshape(1, 1, 6))).values.shape
        torch.Size([1, 1, 2, 3])
        >>> Chain([{"resize": {"rows": 4, "columns": 4}}], chain.after).axes().rows.values
        (-0.75, 0.75, 2.25, 3.75)
    """

    def __init__(self, specs: Iterable[StageSpec], setting: Setting) -> None:
        super().__init__()
        self.before = setting
        parsed = [parse_stage(spec) for spec in specs]
        self.specs = [as_spec(name, config) for name, config in parsed]
        stages: list[Stage[Any]] = []
        for name, config in parsed:
            stages.append(STAGES[name](config, setting))
            setting = stages[-1].after()
        self.stages: Sequence[Stage[Any]] = nn.ModuleList(stages)  # type: ignore[assignment]
        self.after = setting
        """What a chain that goes on from here can rely on."""

    @property
    def needs(self) -> frozenset[str]:
        """Facts that every window must bring."""
        return frozenset().union(*(stage.needs for stage in self.stages))

    @property
    def orders_of(self) -> OrdersOf | None:
        """Whose orders the stages need, None where none needs any.

        Raises:
            ConfigError: when some need a bearing's and others a gear's.
        """
        return one_kind_of_orders(stage.orders_of for stage in self.stages)

    @property
    def fewest_turns(self) -> float:
        """Shaft turns that a window must hold, with room for what a speed change takes of them in training."""
        return turns_needed(self.stages)

    @property
    def most_wheels(self) -> int:
        """Wheels of a gear stage that can be told apart."""
        return min((stage.most_wheels for stage in self.stages), default=MOST_WHEELS)

    @property
    def highest_line_hz(self) -> float | None:
        """How far fault lines are read, None for no limit."""
        return lowest(stage.highest_line_hz for stage in self.stages)

    @property
    def augments(self) -> bool:
        """Whether a stage changes windows at random while a net is trained."""
        return any(stage.augments for stage in self.stages)

    def band_hz(self) -> tuple[float, float] | None:
        """The band of the samples that is read: that of the first stage which says one, None where none does.

        What later stages read is of what it hands on: less of the same, or, after an envelope, something else.
        """
        return next((band for band in (stage.band_hz() for stage in self.stages) if band), None)

    def axes(self) -> ImageAxes | None:
        """What the rows and columns of the outcome stand for, None where it is no image."""
        return self.after.axes

    def unit(self, before: str) -> str:
        """What the values are after every stage, given what they were.

        Example:
            >>> Chain([{"fold": {"rows": 2, "columns": 3}}, "decibels"], Setting(None, 6)).unit("g")
            'dB'
        """
        for stage in self.stages:
            before = stage.unit(before)
        return before

    def until(self, kinds: tuple[type[Stage[Any]], ...]) -> "Chain":
        """The stages before the first one of some kinds: the same ones, not copies.

        Example:
            >>> chain = Chain([{"fold": {"rows": 2, "columns": 3}}, "decibels"], Setting(None, 6))
            >>> [type(stage).__name__ for stage in chain.until((type(chain.stages[1]),)).stages]
            ['Fold']
        """
        count = next((place for place, stage in enumerate(self.stages) if isinstance(stage, kinds)), len(self.stages))
        part = Chain([], self.before)
        part.specs, part.stages = self.specs[:count], nn.ModuleList(self.stages[:count])  # type: ignore[assignment]
        part.after = self.stages[count - 1].after() if count else self.before
        return part

    def forward(self, batch: Batch) -> Batch:
        """The batch after every stage."""
        for stage in self.stages:
            batch = stage(batch)
        return batch
