"""Result sections: every benchmark in the order it is run and told, what it asks, and which columns are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One benchmark: `benchmarks/NAME.py`, which writes `benchmarks/results/NAME.json`.

    Attributes:
        name: of script and JSON.
        title: of its section on the page.
        asks: the question, in a sentence or two.
        columns: shown in this order, those that some row has; `auroc`, `net` and `goal` are put together of two each.
        spread: columns whose values become columns themselves, so that a curve is one line.
        figures: what is shown under each of those; for a section that is spread.
        keep: which rows are shown; all if absent.
        kept: what those are, in words.
        published: what others have published, each with its mark of certainty; see the head of the page.
        resumable: whether it takes `--resume`.
        has_long: whether `--long` adds sweeps that take hours.
        only_long: whether it is run with `--long` alone.
    """

    name: str
    title: str
    asks: str
    columns: tuple[str, ...]
    spread: tuple[str, ...] = ()
    figures: tuple[str, ...] = ("macro_auroc",)
    keep: Callable[[Row], bool] | None = None
    kept: str = ""
    published: tuple[str, ...] = ()
    resumable: bool = False
    has_long: bool = False
    only_long: bool = False


NET = ("image", "method", "net")
SCORES = ("auroc", "recordings_auroc")
LEAKY = ("random_windows_leaky", "load_out_same_part")

SECTIONS = (
    Section(
        "cwru_bearingwise",
        "H1: bearings never seen (CWRU, 100 published splits)",
        "What does each image and method score on bearings that no window of training came from? Macro AUROC over "
        "inner race, outer race and ball, on windows of one second and on recordings; mean and spread over the splits.",
        (*NET, "regime", *SCORES, "inner_race", "outer_race", "ball", "goal"),
        published=(
            "same protocol: random forest on time statistics and envelope peaks 85.06 ± 8.92 (the best), SVM "
            "81.06 ± 6.76, WDCNN on envelopes 74.51 ± 9.43, on spectra 70.90 ± 8.95, on samples 63.22 ± 10.24 [S]; the "
            "authors' own notebook prints forest 85.52 ± 7.43, SVM 76.01 ± 10.91 [R] (Vieira, Bauler, Rosa, Silva "
            "2026, MSSP 258, 114640)",
        ),
    ),
    Section(
        "cwru_finetuned",
        "H1, fine-tuned: image, net, regime",
        "What is gained by training more than a head? The frozen net under the same conditions stands beside: small "
        "pictures, two windows of every signal.",
        ("image", "net", "regime"),
        spread=("folds",),
        figures=("auroc",),
        resumable=True,
        only_long=True,
    ),
    Section(
        "ready_model",
        "The ready model: no real label",
        "What does the net that ships, which only simulated machines have taught, say of simulated machines of another "
        "seed, by shaft speed, and of H1's bearings? Recordings of other rigs are counted below.",
        ("job", "machines", "splits", *SCORES, "inner_race", "outer_race", "ball"),
        keep=lambda row: row.get("macro_auroc") is not None,
        kept="bearing by bearing, and file by file on other rigs, they are in the JSON",
    ),
    Section(
        "verdicts",
        "Verdicts: what their probabilities and sets are worth",
        "Bearings never met (H1), by a model calibrated on its own training side: do probabilities mean what they say "
        "(ECE, 0 to 1, before and after), do sets hold the truth, is what is answered with confidence right? Then "
        "machines drawn alike by construction, whose coverage must follow a known law, and others. Percent, but for "
        "ECE; Brier scores, areas under risk, and coverage by label and state are in the JSON.",
        (
            *("job", "held_out", "ece_before", "ece_after", "coverage", "coverage_std", "law_mean", "law_std"),
            *("confident", "right, all", "right, confident"),
        ),
    ),
    Section(
        "outside",
        "Outside: signals that no model should answer",
        "The same models asked about what they were never taught. `confident wrong` is how often a verdict is "
        "CONFIDENT of what is not so, beside the same scores uncalibrated (`plain`), which answer as many signals that "
        "they know.",
        (
            "signals",
            "recordings",
            "refused",
            "outside_auroc",
            "outside_auroc_plain",
            "outside",
            "false_outside",
            "confident_wrong",
            "confident_wrong_plain",
        ),
    ),
    Section(
        "witness",
        "The physics witness: no model at all",
        "What do lines in envelopes alone say, given geometry and speed: which stated faults are found at level 0.05 "
        "over all labels, and how often is something found where the bearing is called healthy? `first measured` is "
        "what stood above other orders before whitening, the range over a fault's files.",
        (
            *("job", "fault", "signals", "level_db", "db", "found", "percent", "single_p_percent", "not_asked"),
            *("else_found", "seconds"),
        ),
        keep=lambda row: row.get("job") is not None,
        kept="file by file, with every label's p-value, they are in the JSON",
    ),
    Section(
        "explanations",
        "Explanations: right lines, and the occlusion check",
        "Where physics calls a fault clear, does relevance peak at its lines, and does deleting what it points at "
        "lower the score more than deleting as much elsewhere? Bearings that never trained. `answered` is how often "
        "the model itself names the fault; a random cell or band would hit the lines `lines chance` of the time, and "
        "pass the check 5 % of the time.",
        (
            *("job", "image", "net", "method", "n", "answered", "lines", "lines_chance", "occlusion", "drop"),
            "seconds",
        ),
    ),
    Section(
        "cwru_sizewise",
        "H2 and H2b: fault sizes never seen (CWRU)",
        "Two of the sizes 7, 14 and 21 mil train, the third tests. H2b has faults only, three classes; chance is 33.3.",
        ("protocol", *NET, *SCORES, *LEAKY, "accuracy", "recordings_accuracy"),
        resumable=True,
    ),
    Section(
        "gearbox_load",
        "H3: a load never seen (SpectraQuest gearbox): a smoke test",
        "One healthy and one broken gear in all, on both sides: says whether a load is forgiven, never whether a new "
        "gear is. Four accelerometers, windows of 4096 samples; AUROC / accuracy, every one of them same part.",
        NET,
        spread=("job",),
        figures=("both",),
        resumable=True,
    ),
    Section(
        "severity",
        "H4: a severity, or a speed, never seen (HIT-SM rig)",
        "Two severities and the first half of the healthy recordings train, the third severity and the second half "
        "test; then each speed tests once. Amplitude differs by class on this rig, so level alone stands beside.",
        ("image", "method", "net", "trained_on", "stamp"),
        spread=("job",),
        figures=("macro_auroc", "worst"),
        resumable=True,
    ),
    Section(
        "cross_machine",
        "H5: machines never seen (CWRU trains; MFPT and HIT-SM test)",
        "All 144 signals of H1 train; other rigs test as they are, given geometry and speed only. `accuracy` is inner "
        "against outer race on windows with a fault, `accuracy, any` allows a ball fault as an answer.",
        ("job", *NET, "macro_auroc", "inner_race", "outer_race", "accuracy", "accuracy_any", "recordings_auroc"),
        resumable=True,
    ),
    Section(
        "few_shots",
        "Few shots: a class enrolled, a machine without labels",
        "A fault type that a model does not know is enrolled from a few recordings: `new` is its AUROC on bearings "
        "never heard, `old` that of the other types after it, `old before` before it. Then a model from CWRU is fitted "
        "to other rigs without their labels, beside what it scored as it was.",
        ("method", "image", "recordings", "target", "new", "old", "old_before", "auroc", "accuracy", "batch_norms"),
    ),
    Section(
        "small_data",
        "H6: little data (H1 with less to train on)",
        "What tests are the same new bearings, what trains shrinks to one window of each training signal, and to one "
        "load: transfer against scratch against classic features.",
        NET,
        spread=("loads", "windows_per_signal"),
        resumable=True,
        has_long=True,
    ),
    Section(
        "simulated_start",
        "Simulation as a start (H1 with few real labels or none)",
        "One net that asks every fault plane whether its fault is there, from ImageNet weights and from random ones, "
        "as they are and after simulated machines have taught them: its head solved, or all of it trained, on so many "
        "real windows. A row tests on all splits or on the first few; compare rows that test on as many.",
        ("method", "net", "splits"),
        spread=("amount",),
        figures=("auroc",),
        resumable=True,
    ),
    Section(
        "gear_small_data",
        "Gears after Cao, Zhang, Tang (2018): shares of training data",
        "Nine states of a simulated pinion, folded signals: accuracy against the percent of records that train, on "
        "pinions never heard and (same part) on those that trained.",
        (*NET, "regime", "pinions", "percent", "accuracy", "same_pinions_accuracy", "auroc"),
        resumable=True,
        has_long=True,
    ),
    Section(
        "leak",
        "The leak pair: the same model, split three ways",
        "The same windows dealt at random as most papers do, with one load left out, and by bearing.",
        (*NET, "auroc", *LEAKY, "random_over_honest", "load_out_over_honest"),
        published=(
            "other data, WDCNN on samples, spectra, envelopes, macro AUROC: Paderborn leaky 98.6, 100, 100, honest "
            "54.3, 61.3, 77.0; Ottawa UORED leaky 99.9, 100, 99.9, honest 87.3, 90.2, 87.3 [S] (Vieira et al. 2026)",
            "SEU gearbox, VGG16 on wavelets, accuracy: leaky above 99, honest: none published [M] (Shao et al. 2019)",
        ),
        resumable=True,
    ),
    Section(
        "noise",
        "Noise: trained clean, tested in white noise (H1)",
        "Every window that tests gets noise against its own power; `trained` says whether training met noise at all.",
        ("image", "method", "net", "trained", "macro_auroc", "20 dB", "10 dB", "5 dB", "0 dB", "-10 dB"),
        resumable=True,
    ),
    Section(
        "regimes",
        "Regimes: one config trained four ways",
        "What a head, the last blocks, the whole net, and a net from scratch score on one split, and what they cost.",
        (*NET, "regime", *SCORES, "accuracy", "majority", "seconds"),
    ),
    Section(
        "auto_regime",
        "Which regime an amount of data can carry",
        "A head, the last two blocks, the whole net, and a net from scratch against labelled signals and parts per "
        "class, draw by draw: macro AUROC on recordings of parts never seen. The thresholds of `auto` follow from it.",
        ("job", "signals", "specimens", "draw"),
        spread=("regime",),
        figures=("recordings_auroc",),
        resumable=True,
    ),
    Section(
        "training_speed",
        "Training speed",
        "What the regime `head` costs beside the usual loop through the frozen net.",
        ("job", "method", "backbone", "batch", "threads", "seconds", "ratio_to_ours", "goal"),
    ),
    Section(
        "fault_order",
        "The fault_order image on simulated machines",
        "What moves the picture and what does not, which plane lights, and how wrong a speed may be. Percent.",
        ("claim", "what", "severity_db", "signals", "right", "lit"),
        keep=lambda row: row.get("claim") in ("columns", "own plane", "healthy", "healthy gear", "speed"),
        kept="claims in percent; how far cells move, in nepers, is in the JSON",
    ),
    Section(
        "imaging",
        "Images per second",
        "Ours beside what is otherwise used: milliseconds per image, by batch and threads, and the largest error.",
        ("job", "method", "max_error"),
        spread=("batch", "threads"),
        figures=("ms_per_image",),
    ),
    Section(
        "diagnosing",
        "Diagnosing: where the time goes",
        "Recordings walked through by one warm process, with torch and with other engines; milliseconds per window.",
        ("job", "method", "part", "windows", "ms_per_window", "iqr_ms", "ratio_to_ours", "goal"),
    ),
    Section(
        "engines",
        "Other engines on real recordings",
        "Do ONNX Runtime and OpenVINO give the logits and the verdicts of torch?",
        ("job", "method", "recordings", "usable", "windows", "largest_difference", "largest_logit", "equal_verdicts"),
    ),
    Section(
        "startup",
        "Start-up",
        "How long until help, and until the first verdict of a cold process.",
        ("job", "method", "seconds", "iqr_s", "ratio_to_imports", "target"),
    ),
    Section(
        "reading",
        "Reading long files",
        "Time and memory beside the libraries that otherwise read them.",
        ("job", "method", "megabytes", "seconds", "mb_per_s", "ratio_to_ours", "peak_mb", "goal"),
    ),
    Section(
        "scanning",
        "Scanning a folder of 100,000 files",
        "Time and memory; a scan that was killed loses nothing and doubles nothing.",
        ("job", "files", "seconds", "files_per_s", "peak_mb", "lost", "doubled"),
    ),
    Section(
        "batches",
        "A night's batch",
        "How many recordings a second a batch gets through, by executor and engine, beside the backbone alone on "
        "pictures in memory; and what one costs that finds nothing new, beside `find`. Peak memory is of all processes "
        "together.",
        (
            *("job", "method", "files", "seconds", "iqr_s", "recordings_per_s", "ms_per_window", "start_s"),
            *("ratio_to_peer", "peak_mb", "goal"),
        ),
    ),
    Section(
        "alarms",
        "Alarms on simulated machines",
        "How early a growing fault raises an alarm, and how often one is needless: the house's rules beside a plain "
        "threshold, over the same simulated years of weekly recordings. Severities are in decibels over the machine's "
        "background; `weeks` are since the fault began, `_90` is the slowest tenth.",
        (
            *("method", "faults", "alarmed", "severity_db", "severity_90_db", "weeks", "weeks_before_loud"),
            *("alarms_per_fault", "needless_per_year", "at_most", "misnamed_per_fault"),
        ),
        keep=lambda row: row.get("job") == "rules",
        kept="thresholds from 0.5 to 0.999 with and without persistence are in the figure and the JSON",
    ),
    Section(
        "drift",
        "Drift of simulated plants",
        "How often a plant in which nothing changes is told, within a year, that its recordings have become less like "
        "those a model was trained on, beside the 1 % that Ville's inequality allows; and how many nights one waits in "
        "which a share of the recordings becomes twenty times as strange.",
        (
            *("job", "method", "plant", "machines", "shifted_percent", "told_percent", "at_most"),
            *("nights", "nights_90", "recordings", "dated_nights_off"),
        ),
        keep=lambda row: row.get("job") == "sound" or str(row.get("method")).startswith("ours"),
        kept="what other ways wait is in the JSON; they tell sound plants, too",
    ),
    Section(
        "femto_levels",
        "Levels of bearings run to failure (FEMTO)",
        "Snapshots of 0.1 s are too short for a verdict, and get none; does a batch keep their levels, and do those "
        "rise?",
        (
            *("bearing", "point", "snapshots", "verdicts", "first_g", "last_g", "rise_db", "rank_correlation"),
            *("p_value", "largest_difference"),
        ),
    ),
    Section(
        "recordings",
        "What inspect says of the public recordings",
        "Every file at hand: read or refused, and with what findings.",
        ("file", "channels", "refused"),
        keep=lambda row: bool(row.get("refused")),
        kept="those refused; findings by kind are counted below, file by file they are in the JSON",
    ),
    Section(
        "mutations",
        "Damaged files",
        "What readers make of 2,000 damaged files each: read without contradiction, refused in one line, or a fault.",
        ("reader", "files", "mutants", "right", "refused", "other", "crash", "hang", "large", "ms_per_mutant"),
    ),
)
