"""Exit codes, as scripts and schedulers read them."""

DONE = 0
INTERNAL = 1
"""A fault of ours."""

WRONG = 2
"""The request is wrong: an option, a config, a model, nothing to read."""

SOME_UNUSABLE = 3
"""Done, but some recordings could not be used; each has a row with its reason."""

LOCKED = 4
"""A store or a lock is not available."""

INTERRUPTED = 130
