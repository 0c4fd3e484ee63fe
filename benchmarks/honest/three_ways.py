"""Three ways: one method on a protocol's own splits, on random windows, and with a load left out."""

from typing import Any

from honest.figures import scored, summary
from honest.leaks import leaky_columns, load_twins, random_twins
from honest.methods import Made
from honest.protocol import Protocol
from pipeline.catalog.splitting.split import LEAKY, SAME_PART


def three_ways(setting: Protocol, made: Made) -> dict[str, Any]:
    """The columns of a row: the honest figures, then the two that leak, stamped in their names.

    All three train and test on the same windows, dealt differently.
    """
    splits, windows = setting.splits, setting.windows
    dealt = {"honest": splits, LEAKY: random_twins(splits, windows), SAME_PART: load_twins(splits, windows)}
    found = {name: [scored(setting, one, made.scorer) for one in each] for name, each in dealt.items()}
    honest = summary(found["honest"])
    leaky = {stamp: leaky_columns(stamp, found[stamp]) for stamp in (LEAKY, SAME_PART)}
    (random, *_), (load, *_) = (one.values() for one in leaky.values())
    return {
        **made.columns,
        **honest,
        "specimens": made.columns.get("specimens", splits[0].specimens),
        **leaky[LEAKY],
        **leaky[SAME_PART],
        "random_over_honest": round(random - honest["macro_auroc"], 2),
        "load_out_over_honest": round(load - honest["macro_auroc"], 2),
        "by_split": {name: [one.windows for one in each] for name, each in found.items()},
    }
