"""Deleting cells tells a right explanation from a wrong one."""

import pytest
import torch

from pipeline.diagnosis.explanation.occlusion import most_relevant, occlusion_check


def scene(planes: int = 1, rows: int = 12, columns: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    """An image, and the weight of each of its cells in the score."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, planes, rows, columns, generator=generator)
    weight = torch.zeros(planes, rows, columns)
    weight[0, :2] = torch.rand(2, columns, generator=generator) + 1
    return image, weight


@pytest.mark.parametrize("size", [(12, 10), (48, 64)])
def test_the_true_relevance_of_a_linear_score_passes_with_the_drop_it_says(size: tuple[int, int]) -> None:
    image, weight = scene(1, *size)
    nothing = torch.full_like(image, 0.25)
    relevance = weight * (image - nothing)[0]
    found = occlusion_check(lambda images: (images * weight).sum(dim=(1, 2, 3)), image, relevance, nothing)
    assert found.passed
    assert found.p_value == 0.01
    assert found.drop == pytest.approx(float(relevance[most_relevant(relevance)].sum()), rel=1e-4)
    assert found.drop > found.elsewhere


def test_relevance_that_points_elsewhere_fails() -> None:
    image, weight = scene()
    wrong = 1 - weight.clamp(max=1)
    wrong[0, -1] += 1
    found = occlusion_check(lambda images: (images * weight).sum(dim=(1, 2, 3)), image, wrong, image * 0)
    assert found.passed is False
    assert found.p_value > 0.5


def test_a_score_that_rises_without_what_is_pointed_at_fails_though_it_rises_more_elsewhere() -> None:
    image = torch.ones(1, 1, 4, 5)
    weight = torch.full((1, 4, 5), -1.0)
    weight[0, 0, :2] = -0.125
    relevance = torch.zeros(1, 4, 5)
    relevance[0, 0, :2] = 1.0
    found = occlusion_check(lambda images: (images * weight).sum(dim=(1, 2, 3)), image, relevance, image * 0)
    assert (found.drop, found.elsewhere, found.p_value) == (-0.25, -2.0, 0.01)
    assert found.passed is False


def test_other_cells_are_never_those_pointed_at() -> None:
    relevance = torch.zeros(1, 4, 5)
    relevance[0, 2, 3] = 1.0
    image = torch.ones(1, 1, 4, 5)
    held: list[float] = []

    def score(images: torch.Tensor) -> torch.Tensor:
        held.extend(images[:, 0, 2, 3].tolist())
        return images[:, 0, 2, 3]

    found = occlusion_check(score, image, relevance, image * 0)
    # The whole image, the one without the cell, and 99 without some other.
    assert held == [1.0, 0.0, *([1.0] * 99)]
    assert (found.passed, found.elsewhere) == (True, 0.0)


def test_other_cells_that_hurt_just_as_much_speak_against() -> None:
    image = torch.ones(1, 1, 4, 5)
    relevance = torch.arange(20.0).reshape(1, 4, 5)
    found = occlusion_check(lambda images: images.sum(dim=(1, 2, 3)), image, relevance, image * 0)
    assert (found.passed, found.p_value, found.drop, found.elsewhere) == (False, 1.0, 2.0, 2.0)


def test_random_relevance_passes_as_often_as_the_level_says() -> None:
    image, weight = scene()
    generator = torch.Generator().manual_seed(1)
    passed = 0
    for seed in range(200):
        random = torch.rand(weight.shape, generator=generator)
        score = torch.rand(weight.shape, generator=generator)
        found = occlusion_check(
            lambda images, score=score: (images * score).sum(dim=(1, 2, 3)), image, random, image * 0, seed=seed
        )
        passed += bool(found.passed)
    # 5 % of 200 are 10; three deviations more are 19.
    assert passed <= 19


def test_where_nothing_speaks_for_a_label_nothing_can_be_checked() -> None:
    image, weight = scene()
    found = occlusion_check(lambda images: images.sum(dim=(1, 2, 3)), image, -weight - 1, image * 0)
    assert (found.passed, found.draws) == (None, 0)


def test_cells_that_speak_against_a_label_are_never_pointed_at() -> None:
    relevance = torch.full((1, 4, 5), -1.0)
    relevance[0, 2, 3] = 1.0
    assert most_relevant(relevance, share=0.5).nonzero().tolist() == [[0, 2, 3]]


def test_where_planes_are_not_told_apart_a_cell_is_deleted_in_all() -> None:
    relevance = torch.zeros(3, 4, 5)
    relevance[:, 1, 1] = 1.0
    assert most_relevant(relevance, planes_apart=False).nonzero().tolist() == [[plane, 1, 1] for plane in range(3)]
    image = torch.ones(1, 3, 4, 5)
    found = occlusion_check(
        lambda images: images.sum(dim=(1, 2, 3)), image, relevance, image * 0, planes_apart=False, share=0.05
    )
    assert found.drop == 3.0


def test_large_images_are_deleted_in_patches() -> None:
    relevance = torch.zeros(1, 128, 224)
    relevance[0, 0, 0] = 1.0
    assert most_relevant(relevance).sum() == 8 * 14
