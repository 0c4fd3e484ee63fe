"""Labels: the words for what a machine can have; users may add their own."""

HEALTHY = "healthy"
"""The absence of every fault."""

BEARING_FAULTS = ("outer_race", "inner_race", "ball")
"""Faults with a line of their own in a bearing's fault orders, in the order of `Bearing.orders`."""

KNOWN = (HEALTHY, *BEARING_FAULTS, "cage", "gear_tooth", "imbalance", "misalignment", "looseness")
