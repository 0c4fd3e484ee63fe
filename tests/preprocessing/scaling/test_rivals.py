"""Each plane beside its rivals, and carriers as one row: held against numpy."""

import numpy as np
import pytest
import torch

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.scaling.carrier_mean import carrier_mean
from pipeline.preprocessing.scaling.rivals import questions, rivals
from pipeline.preprocessing.scaling.to_imagenet import to_imagenet

FAULT_ORDER = {"fault_order": {"carriers": 3, "sidebands": ["shaft"]}}
SETTING = Setting(12000.0, 12000)


def test_views_are_the_plane_the_highest_and_the_mean_of_the_others() -> None:
    image = np.random.default_rng(0).normal(size=(2, 4, 3, 5)).astype(np.float32)
    views = rivals(torch.from_numpy(image)).numpy().reshape(2, 4, 3, 3, 5)
    for plane in range(4):
        others = np.delete(image, plane, axis=1)
        np.testing.assert_array_equal(views[:, plane, 0], image[:, plane])
        np.testing.assert_array_equal(views[:, plane, 1], others.max(axis=1))
        np.testing.assert_allclose(views[:, plane, 2], others.mean(axis=1), atol=1e-6)


def test_carriers_become_their_mean_and_the_whole_band_stays() -> None:
    image = np.random.default_rng(0).normal(size=(2, 3, 12, 5)).astype(np.float32)
    found = carrier_mean(torch.from_numpy(image)).numpy()
    np.testing.assert_allclose(found[:, :, 0], image[:, :, :11].mean(axis=2), atol=1e-6)
    np.testing.assert_array_equal(found[:, :, 1], image[:, :, 11])


def test_a_picture_of_each_plane_is_normalised_as_a_picture_of_its_own() -> None:
    image = torch.rand(2, 9, 4, 6)
    mean, std = torch.rand(3, 1, 1), 0.1 + torch.rand(3, 1, 1)
    at_once = to_imagenet(image, mean, std, 0.0, 1.0, pictures=3)
    for place in range(3):
        own = slice(3 * place, 3 * place + 3)
        torch.testing.assert_close(at_once[:, own], to_imagenet(image[:, own], mean, std, 0.0, 1.0))


def test_every_question_keeps_the_name_of_its_plane_to_the_end_of_the_chain() -> None:
    picture = [{"resize": {"rows": 8, "columns": 8}}, "to_imagenet"]
    chain = Chain([FAULT_ORDER, "carrier_mean", "rivals", *picture], SETTING)
    assert questions(chain.axes()) == ("outer_race", "inner_race", "ball")
    batch = Batch.of(torch.randn(2, 1, 12000), 12000.0, 30.0, (3.6, 5.4, 4.7, 0.4))
    assert chain(batch).values.shape == (2, 9, 8, 8)


def test_an_image_that_rivals_did_not_make_has_no_questions() -> None:
    assert questions(Chain([FAULT_ORDER], SETTING).axes()) == ()


def test_one_plane_has_no_rivals() -> None:
    with pytest.raises(StageError, match="two planes or more"):
        Chain([FAULT_ORDER, {"crop": {"planes": 1}}, "rivals"], SETTING)
