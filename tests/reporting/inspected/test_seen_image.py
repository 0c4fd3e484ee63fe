"""The sheet of what a net sees: every plane and picture, with colours that mean something."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from pipeline.diagnosis.seen import Picture, Plane, Seen
from pipeline.preprocessing.base import Axis, ImageAxes
from pipeline.reporting.inspected import seen_image
from pipeline.reporting.inspected.seen_image import seen_figure, seen_limits

HARMONICS = Axis("harmonic", "", (1.0, 2.0), ("1", "1 + shaft"))
CARRIERS = Axis("carrier", "Hz", (3000.0, 2000.0), ("2000-4000 Hz", "full band"))
AXES = ImageAxes(CARRIERS, HARMONICS, ("outer_race", "ball"))
TIMES = ImageAxes(Axis("frequency", "Hz", (5000.0, 50.0)), Axis("time", "s", (0.0, 1.0)))


def seen(n_planes: int = 2, limits: tuple[float, float] | None = (0.0, 4.0), colour: tuple = (1.0, 0.0, 0.0)) -> Seen:
    names = ("outer_race", "ball", "inner_race", "cage")[:n_planes]
    planes = tuple(Plane(name, np.full((2, 2), 3.0 * k, dtype=np.float32), AXES) for k, name in enumerate(names))
    colours = np.broadcast_to(np.array(colour, dtype=np.float32), (8, 8, 3))
    picture = Picture(1, "squeezenet1_1", colours, (), None, limits)
    return Seen(planes, AXES, "dB", (picture,), (("fault_order",), ("to_imagenet",)), ((3, 8, 8),))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures on their way to becoming PNG."""
    made: list[Figure] = []
    png = seen_image.png
    monkeypatch.setattr(seen_image, "png", lambda figure, palette: made.append(figure) or png(figure, palette))
    return made


def pixels(content: bytes) -> np.ndarray:
    with Image.open(BytesIO(content)) as image:
        image.load()
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def test_every_plane_and_picture_has_its_panel_and_the_colours_their_unit(figures: list[Figure]) -> None:
    seen_figure(seen(), "pump.wav, DE")
    titles = [axes.get_title(loc="left") for axes in figures[0].axes]
    assert titles == ["outer race", "ball", "", "Picture for squeezenet1_1"]
    assert figures[0].axes[2].get_ylabel() == "dB"
    assert figures[0].axes[0].yaxis.get_major_formatter().seq == ["2000-4000 Hz", "full band"]
    assert figures[0].axes[0].xaxis.get_major_formatter().seq == ["1", "1 + shaft"]


def test_four_planes_take_two_rows(figures: list[Figure]) -> None:
    seen_figure(seen(n_planes=4), "pump.wav, DE")
    bottoms = {round(axes.get_position().y0, 4) for axes in figures[0].axes}
    assert len(bottoms) == 3


@pytest.mark.parametrize("colour", [(1.0, 0.0, 0.0), (0.2, 0.6, 0.4)])
def test_a_picture_keeps_its_colours_to_the_last_digit(colour: tuple[float, float, float]) -> None:
    drawn = pixels(seen_figure(seen(colour=colour), "pump.wav, DE"))
    wanted = np.round(np.array(colour) * 255)
    assert (np.abs(drawn - wanted) <= 1).all(axis=-1).sum() > 10_000


def test_dark_and_bright_are_what_is_black_and_white_to_the_net() -> None:
    assert seen_limits(seen()) == (0.0, 4.0)
    low, high = seen_limits(seen(limits=None))
    assert 0.0 <= low < high <= 3.0


def test_different_images_as_planes_keep_their_own_axes(figures: list[Figure]) -> None:
    planes = Plane("wavelet", np.zeros((2, 2)), TIMES), Plane("fault_order", np.zeros((2, 2)), AXES)
    seen_figure(Seen(planes, None, "", (), (("planes",), ()), ((2, 2, 2),)), "pump.wav, DE")
    first, second, _ = figures[0].axes
    assert (first.get_ylabel(), second.get_ylabel()) == ("frequency, Hz", "carrier")
    assert first.xaxis.get_major_formatter().seq != second.xaxis.get_major_formatter().seq


def test_a_sheet_has_the_same_bytes_every_time_whatever_it_is_called() -> None:
    title = "$\\frac{1}{0}$ 泵 " + "x" * 300
    assert seen_figure(seen(), title, [title]) == seen_figure(seen(), title, [title])


@pytest.mark.parametrize("value", [np.nan, 0.0, 1e30])
def test_an_image_that_is_the_same_everywhere_is_drawn(value: float) -> None:
    plane = Plane("", np.full((4, 4), value, dtype=np.float32), None)
    still = Seen((plane,), None, "", (), (("fold",), ()), ((1, 4, 4),))
    assert pixels(seen_figure(still, "pump.wav, DE")).shape[1] == 1184
