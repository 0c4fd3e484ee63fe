"""Split config: how a catalog is divided, as a run's YAML says it."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.errors import did_you_mean
from pipeline.strict import Strict

TIME_HALVES = "time_halves"

WAYS = ("protocol", "group", "leave_one_out")
"""Ways to split of which a config names one; `leaky` goes alone or with a protocol."""

CHOICES = ("test", "test_share", "folds")
"""Ways to choose which groups test, of which a group needs one."""


class SplitConfig(Strict):
    """How a catalog is split: by a published protocol, by group, or (for the leak pair only) at random.

    `folds` and `leave_one_out` mean several splits; `fold` says which one of them is meant, and
    `pipeline.catalog.splitting.split.splits` makes them all.

    Example:
        >>> SplitConfig(group="load", test=[50], same_specimen=True).test
        [50.0]
        >>> SplitConfig(group="specimen", folds=5, fold=2).fold
        2
        >>> SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE").seed
        4
    """

    protocol: str | None = Field(None, description="a published split by name", examples=["cwru_bearingwise"])
    seed: int = Field(0, ge=0, description="which of the protocol's splits, or which groups go to test")
    side: Literal["DE", "FE"] | None = Field(None, description="protocols on CWRU: the healthy end that trains")
    faults_only: bool = Field(False, description="cwru_sizewise: only signals of the faulty end, none healthy")
    fold: int | None = Field(
        None,
        ge=1,
        description="which of the folds, or of the groups left out in turn; protocols: a tuning fold",
        examples=[1],
    )
    group: str | None = Field(
        None,
        description="specimen, machine, recording, condition, day, a condition's name such as load, or time_halves",
        examples=["specimen"],
    )
    test: list[float | str] | None = Field(
        None, min_length=1, description="values of the group that test", examples=[["pump 7"]]
    )
    test_share: float | None = Field(
        None, gt=0, lt=1, description="share of the groups that test, label by label", examples=[0.3]
    )
    folds: int | None = Field(
        None, ge=2, description="so many folds by group, each testing once; see fold", examples=[5]
    )
    leave_one_out: str | None = Field(
        None, description="every value of this group tests in turn; see fold", examples=["specimen"]
    )
    rest: Literal["time_halves", "train"] = Field("train", description="signals without the group: cut, or all train")
    same_specimen: bool = Field(False, description="declare that one part may be on both sides")
    leaky: bool = Field(False, description="random parts of every recording, to show what a leak is worth")
    parts: int = Field(10, ge=2, description="leaky: how many parts a recording is cut into")

    @field_validator("protocol")
    @classmethod
    def _known(cls, protocol: str | None) -> str | None:
        if protocol is not None and protocol not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise ValueError(f"unknown protocol '{protocol}'{did_you_mean(protocol, PROTOCOLS) or ';'} known: {known}")
        return protocol

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in WAYS if getattr(self, name) is not None]
        if len(ways) > 1 or not (ways or self.leaky):
            raise ValueError(f"give one of protocol, group, leave_one_out, leaky; got {' and '.join(ways) or 'none'}")
        if self.protocol is None and (self.side or self.faults_only):
            raise ValueError("side and faults_only belong to a protocol on CWRU")
        if self.fold and not (self.protocol or self.folds or self.leave_one_out):
            raise ValueError("fold belongs to a protocol, to folds, or to leave_one_out")
        if self.leaky and (self.group or self.leave_one_out):
            raise ValueError("leaky deals random parts of every recording; it takes no group")
        return self

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        choices = [name for name in CHOICES if getattr(self, name) is not None]
        if self.group in (None, TIME_HALVES):
            free = {name for name, way in (("test", self.protocol), ("test_share", self.leaky)) if way}
            if astray := [name for name in choices if name not in free]:
                raise ValueError(f"{' and '.join(astray)} belong to a group")
        elif len(choices) != 1:
            raise ValueError(
                f"group: {self.group} needs one of test, test_share and folds; got {' and '.join(choices) or 'none'}"
            )
        return self
