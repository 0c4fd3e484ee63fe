"""A night's batch: what one with nothing to do costs, and how many recordings a second the others get through.

    FAULTPRINT_WEIGHTS=... python benchmarks/batches.py --json batches.json

Each run is a fresh process, `faultprint batch`, on all cores; seconds are wall-clock with its start and end. Memory is
the peak of the resident sets of that process and all that it started, added up; what they share counts in each of
them, so with several workers it is an upper bound. Jobs:

- all new, none a recording: 100,000 small files (1,000 with --quick) that a first run puts aside;
- nothing to do: runs that find those unchanged, one to warm up, then five (three with --quick), median and
  interquartile range. Peer: `find`, which lists the same names, sizes and times;
- throughput: 200 simulated recordings (12 with --quick) of 1 to 10 s at 12 kHz, read by SqueezeNet 1.1 on wavelet
  images (ImageNet's weights where FAULTPRINT_WEIGHTS has them), by every executor and engine in turns, three rounds
  (one with --quick). Rates are counted from the fourth recording that is done to the last, so that the start, which a
  night pays once, is told apart: `start_s` is the time until the first is done. Peer: the backbone alone, warm, on
  pictures that lie in memory; beside it the model's whole forward on windows that do.
"""

import os
import tempfile
from pathlib import Path

import torch
from busy_nights import busy_rows
from idle_nights import idle_rows
from ledger import Ledger, arguments, count


def main() -> None:
    """Nothing to do, then something."""
    options = arguments(
        __doc__,
        lambda parser: parser.add_argument("--files", type=count, help="files of the first job"),
        lambda parser: parser.add_argument("--only", choices=("nothing", "throughput"), help="one of the two"),
    )
    torch.set_num_threads(os.cpu_count() or 1)  # as a batch does that nobody restrains
    ledger = Ledger("batches.py")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.only != "nothing":
            busy_rows(ledger, scratch, *((12, 1) if options.quick else (200, 3)))
        if options.only != "throughput":
            idle_rows(ledger, scratch, options.files or (1000 if options.quick else 100_000), 3 if options.quick else 5)
    ledger.note("peak memory is the sum of resident sets over all processes of a run: shared pages count in each")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
