"""The fault_order image against a slow float64 reference written from its words, and what it owes any batch."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from pipeline.errors import StageError, UnusableError
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.images.fault_order import FaultOrder, FaultOrderConfig, line_orders
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.windows import WindowConfig

Floats = npt.NDArray[np.float64]

RATE_HZ, N_SAMPLES = 12000.0, 12000
DE, FE = (3.5848, 5.4152, 4.7135, 0.39828), (3.0530, 4.9469, 3.9874, 0.3817)
SHAFT = {"shaft": 1.0}
LOOKED_AT = 3
"""Of every so many places of a zero-padded spectrum, one speaks for the background."""
PLANES = ("outer_race", "inner_race", "ball")


def reference(
    samples: Floats,
    speed_hz: float,
    orders: Sequence[float],
    rate_hz: float = RATE_HZ,
    *,
    n_planes: int = 3,
    harmonics: int = 5,
    sidebands: Sequence[str] = (),
    carriers: int = 11,
    carrier_hz: float = 1000.0,
    whitening: float = 1.0,
    tolerance: float = 0.015,
) -> Floats:
    """One window's image, step by step at the full rate, one band and one cell at a time."""
    length = 2 ** math.ceil(math.log2(len(samples)))
    spectrum = np.fft.rfft(samples - samples.mean(), length)
    height = np.abs(spectrum)
    faint = 0.5 * math.exp(np.log(height[1:-1]).mean())
    white = spectrum / np.maximum(height, faint) ** whitening
    white[0] = white[-1] = 0.0
    loud = np.minimum(height / faint, 1.0) ** 2

    rows = []
    for number in reversed(range(carriers)):
        low = number * carrier_hz / 2
        rows.append(
            standing_out(white, loud, length, len(samples), low / rate_hz, carrier_hz / rate_hz, carrier_hz / rate_hz)
        )
    top_hz = (carriers + 1) * carrier_hz / 2
    rows.append(
        standing_out(
            white,
            loud,
            length,
            len(samples),
            carrier_hz / 2 / rate_hz,
            (top_hz - carrier_hz / 2) / rate_hz,
            min(2 * carrier_hz, carriers * carrier_hz / 2) / rate_hz,
        )
    )
    beside = [0.0] + [sign * (SHAFT.get(name) or orders[3]) for name in sidebands for sign in (-1, 1)]
    places = [
        [(number * order + away) * speed_hz / rate_hz * length for away in beside for number in range(1, harmonics + 1)]
        for order in orders[:n_planes]
    ]
    return np.array(
        [[[cell(row, at, length, len(samples), tolerance) for at in plane] for row in rows] for plane in places]
    )


def standing_out(
    white: npt.NDArray[np.complex128], loud: Floats, length: int, n: int, low: float, width: float, highest: float
) -> Floats:
    """The band's squared-envelope spectrum over its background; place k is k periods per `length`."""
    n_bins, first, n_places = round(width * length), round(low * length), round(highest * length)
    band = np.zeros(length, dtype=complex)
    sine = np.sin(np.pi * (np.arange(n_bins) + 0.5) / n_bins)
    band[first : first + n_bins] = white[first : first + n_bins] * np.sqrt(sine)
    heard = min(1.0, (loud[first : first + n_bins] * sine).sum() / sine.sum() / 0.2)
    envelope = np.abs(np.fft.ifft(band)) ** 2
    # |z|^2 holds nothing above the band's width: every so many of its samples say all, up to `highest`.
    fewer = length // min(length, 2 ** math.ceil(math.log2(n_bins + n_places)))
    kept = envelope[::fewer][: n // fewer]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(len(kept)) + 0.5) / len(kept))
    swing = heard * np.abs(np.fft.rfft((kept / kept.mean() - 1) * hann, length // fewer))[:n_places]

    wide, step = min(n_places, round(75 * length / n)), round(25 * length / n)
    starts = range(0, n_places - wide + 1, step)
    medians = [
        sorted(swing[start : start + wide : LOOKED_AT])[(math.ceil(wide / LOOKED_AT) - 1) // 2] for start in starts
    ]
    background = np.interp(np.arange(n_places), [start + (wide - 1) / 2 for start in starts], medians)
    # White noise through the band, near 0 Hz: independent squares of mean 1 and deviation 1, under the window.
    noise_level = math.sqrt((hann**2).sum() * length / fewer / n_bins)
    return swing / (background + 0.02 * noise_level)


def cell(row: Floats, place: float, length: int, n: int, tolerance: float) -> float:
    """The highest value near a place, its logarithm; 0 where the spectrum does not hold all of the stretch."""
    if math.isnan(place):
        return 0.0
    reach = max(4 * length / n, tolerance * place)
    first, last = math.ceil(place - reach - 0.0137), math.floor(place + reach - 0.0137)
    return math.log(1 + row[first : last + 1].max()) if first >= 1 and last < len(row) else 0.0


def stage(n_samples: int = N_SAMPLES, rate_hz: float = RATE_HZ, **options: object) -> FaultOrder:
    return FaultOrder(FaultOrderConfig.model_validate(options), Setting(rate_hz, n_samples))


def batch_of(windows: Sequence[Floats], speeds: Sequence[float], orders: Sequence[Sequence[float]]) -> Batch:
    values = torch.from_numpy(np.stack(windows).astype(np.float32))[:, None]
    count = len(windows)
    return Batch(
        values, torch.full((count,), RATE_HZ), torch.tensor(speeds), torch.tensor([list(row) for row in orders])
    )


def noise(seed: int, n_samples: int = N_SAMPLES) -> Floats:
    return np.random.default_rng(seed).standard_normal(n_samples)


def faulty(seed: int, label: str) -> tuple[Floats, float, Sequence[float]]:
    machine = random_machine(seed)
    signal = simulate(machine, [label], seed=seed, severity_db=3.0)
    return signal.samples[0].astype(np.float64), signal.speed_hz, signal.orders


def mixed() -> Batch:
    """Noise and faults, at speeds and in bearings that all differ."""
    made = [faulty(seed, PLANES[seed % 3]) for seed in range(4)]
    made += [(noise(0), 29.95, DE), (noise(1), 17.3, FE), (noise(2), 48.0, DE)]
    return batch_of(*zip(*made, strict=True))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sidebands": ["shaft", "cage"], "harmonics": 3},
        {"carriers": 6, "carrier_hz": 1500.0, "tolerance": 0.03},
        {"carriers": 1, "tolerance": 0.0},
        {"whitening": 0.5},
    ],
)
def test_the_image_equals_a_slow_reference(options: dict[str, object]) -> None:
    batch = mixed()
    ours = stage(**options)(batch).values.double().numpy()
    for place in range(len(ours)):
        samples = batch.values[place, 0].double().numpy()
        theirs = reference(samples, float(batch.speed_hz[place]), batch.orders[place].tolist(), **options)  # type: ignore[arg-type]
        assert ours[place].shape == theirs.shape
        assert np.abs(ours[place] - theirs).max() <= 1e-4


def test_without_whitening_the_image_equals_the_reference_to_what_float32_leaves_beside_loud_bands() -> None:
    batch = mixed()
    ours = stage(whitening=0.0)(batch).values.double().numpy()
    for place in range(len(ours)):
        samples = batch.values[place, 0].double().numpy()
        theirs = reference(samples, float(batch.speed_hz[place]), batch.orders[place].tolist(), whitening=0.0)
        assert np.abs(ours[place] - theirs).max() <= 1e-3


@pytest.mark.parametrize(
    ("rate_hz", "n_samples"), [(12000.0, 8192), (12000.0, 30000), (51200.0, 51200), (25600.0, 9999)]
)
def test_the_image_equals_the_reference_at_other_rates_and_lengths(rate_hz: float, n_samples: int) -> None:
    samples = noise(5, n_samples)
    samples[:: round(rate_hz / 95)] += 6.0
    batch = Batch.of(torch.from_numpy(samples).float()[None, None], rate_hz, 26.5, DE)
    ours = stage(n_samples, rate_hz)(batch).values[0].double().numpy()
    theirs = reference(batch.values[0, 0].double().numpy(), 26.5, DE, rate_hz)
    assert np.abs(ours - theirs).max() <= 1e-4


def test_gears_have_a_plane_per_wheel_that_equals_the_reference() -> None:
    turns = (1.0, 0.4, 0.25, math.nan)
    batch = Batch.of(torch.from_numpy(noise(3, 60000)).float()[None, None], RATE_HZ, 25.0, turns)
    for wheels in (2, 3, 4):
        ours = stage(60000, family="gear", wheels=wheels)(batch).values[0].double().numpy()
        theirs = reference(batch.values[0, 0].double().numpy(), 25.0, turns, n_planes=wheels, whitening=0.5)
        assert ours.shape == (wheels, 12, 5)
        assert np.abs(ours - theirs).max() <= 1e-4


def test_a_batch_of_mixed_speeds_and_geometries_is_its_windows_one_by_one() -> None:
    batch, drawn = mixed(), stage(sidebands=["shaft", "cage"])
    together: Tensor = drawn(batch).values
    apart = torch.cat([drawn(batch.rows(slice(place, place + 1))).values for place in range(len(together))])
    assert (together - apart).abs().max() <= 1e-4
    # And each is different: the facts of one window are not another's.
    turned = drawn(batch._replace(speed_hz=batch.speed_hz.roll(1))).values
    assert ((together - turned).abs().amax(dim=(1, 2, 3)) > 0.1).all()


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_an_unknown_order_empties_its_own_plane_and_no_other(plane: int) -> None:
    batch, drawn = mixed(), stage(sidebands=["shaft"])
    known = drawn(batch).values
    orders = batch.orders.clone()
    orders[:, plane] = math.nan
    image = drawn(batch._replace(orders=orders)).values
    others = [number for number in range(3) if number != plane]
    assert (image[:, plane] == 0).all()
    assert torch.equal(image[:, others], known[:, others])
    assert (known[:, plane] != 0).any()


def test_an_unknown_cage_empties_only_the_side_bands_of_the_cage() -> None:
    batch, drawn = mixed(), stage(sidebands=["shaft", "cage"])
    orders = batch.orders.clone()
    orders[:, 3] = math.nan
    image, known = drawn(batch._replace(orders=orders)).values, drawn(batch).values
    assert (image[..., 15:] == 0).all()
    assert torch.equal(image[..., :15], known[..., :15])


def test_an_unknown_speed_empties_the_whole_image_and_nan_never_leaves() -> None:
    batch, drawn = mixed(), stage(sidebands=["shaft", "cage"])
    speeds = batch.speed_hz.clone()
    speeds[2] = math.nan
    image = drawn(batch._replace(speed_hz=speeds)).values
    assert (image[2] == 0).all()
    assert image.isfinite().all()
    assert (drawn(batch._replace(orders=batch.orders * math.nan)).values == 0).all()


@pytest.mark.parametrize(
    "samples", [torch.zeros(N_SAMPLES), torch.full((N_SAMPLES,), 9.8), torch.full((N_SAMPLES,), 1e30)]
)
def test_a_signal_that_stands_still_gives_finite_cells(samples: Tensor) -> None:
    image = stage()(Batch.of(samples[None, None], RATE_HZ, 30.0, DE)).values
    assert image.isfinite().all()
    assert image.abs().max() == 0


def test_cells_past_what_is_readable_are_0_in_the_bands_before_the_full_band() -> None:
    image = stage()(Batch.of(torch.from_numpy(noise(0)).float()[None, None], RATE_HZ, 60.0, DE)).values[0]
    line_hz = 60.0 * torch.tensor(DE[:3])[:, None] * torch.arange(1, 6)
    # All of the stretch, 1.5 % to either side, must lie below 1000 Hz in a band, and below 2000 Hz in the full one.
    assert torch.equal(image[:, :11] != 0, (line_hz * 1.015 < 1000)[:, None].expand(-1, 11, -1))
    assert torch.equal(image[:, 11] != 0, line_hz * 1.015 < 2000)
    assert not image[1, :11, 3:].any()  # 4 x 5.4152 x 60 Hz
    assert image[1, 11, 3:].all()


def test_side_bands_below_0_hz_are_0() -> None:
    # 1 x 0.4 - 1: a wheel's own turn less a turn of the shaft.
    image = stage(60000, family="gear", wheels=2, sidebands=["shaft"])(
        Batch.of(torch.from_numpy(noise(0, 60000)).float()[None, None], RATE_HZ, 25.0, (1.0, 0.4, math.nan, math.nan))
    ).values[0]
    below = line_orders(torch.tensor([[1.0, 0.4, math.nan, math.nan]]), 2, 5, ("shaft",))[0] <= 0
    assert below.sum() == 3
    assert (image.transpose(0, 1)[:, below] == 0).all()


@pytest.mark.parametrize(("gain", "offset"), [(1e-6, 0.0), (-3e4, 0.0), (1.0, 5.0), (0.02, -0.3)])
def test_a_gain_or_an_offset_changes_nothing(gain: float, offset: float) -> None:
    batch, drawn = mixed(), stage()
    spread = batch.values.std(dim=-1, keepdim=True)
    changed = batch._replace(values=gain * (batch.values + offset * spread))
    assert (drawn(changed).values - drawn(batch).values).abs().max() <= 1e-3


def test_planes_follow_channel_by_channel() -> None:
    batch, drawn = mixed(), stage(sidebands=["cage"])
    two = batch._replace(values=torch.cat([batch.values, batch.values.flip(0)], dim=1))
    image = drawn(two).values
    assert image.shape == (7, 6, 12, 15)
    assert torch.allclose(image[:, :3], drawn(batch).values, atol=1e-5)
    assert torch.allclose(image[:, 3:], drawn(batch._replace(values=batch.values.flip(0))).values, atol=1e-5)


def test_axes_say_what_every_row_column_and_plane_stands_for() -> None:
    axes = stage(harmonics=2, sidebands=["shaft", "cage"], carriers=3, carrier_hz=800.0).axes()
    assert axes.planes == PLANES
    assert axes.rows.labels == ("800-1600 Hz", "400-1200 Hz", "0-800 Hz", "full band")
    assert axes.rows.values == (1200.0, 800.0, 400.0, 1000.0)
    assert axes.columns.labels == ("1", "2", "1 - shaft", "2 - shaft", "1 + shaft", "2 + shaft", *(
        "1 - cage", "2 - cage", "1 + cage", "2 + cage"))  # fmt: skip
    assert stage(family="gear", wheels=2).axes().planes == ("driving wheel", "driven wheel 1")


def test_a_rate_that_cannot_hold_the_carriers_is_refused_with_the_numbers() -> None:
    with pytest.raises(
        StageError, match=r"11 carriers of 1000 Hz reach to 6000 Hz, above Nyquist, 5000 Hz; take fewer"
    ):
        stage(rate_hz=10000.0)
    with pytest.raises(StageError, match="need the sampling rate"):
        FaultOrder(FaultOrderConfig(), Setting(None, N_SAMPLES))


def test_a_window_of_fewer_than_ten_turns_is_refused_with_the_numbers() -> None:
    drawn = stage()
    intake = Intake(
        rate_hz=RATE_HZ,
        window=WindowConfig(samples=N_SAMPLES),
        needs=tuple(drawn.needs),
        orders_of=drawn.orders_of,
        fewest_turns=drawn.fewest_turns,
    )
    slow = simulate(random_machine(0), speed_rpm=540.0)
    with pytest.raises(UnusableError, match=r"window of 1 s .* holds 9 turns .* at 540 rpm, and .* needs 9\.95"):
        intake.take(slow)
    assert intake.take(simulate(random_machine(0), speed_rpm=600.0)).values.shape == (1, 1, N_SAMPLES)
