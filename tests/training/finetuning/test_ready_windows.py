"""Dealing windows: every one its share, the same in every life, the same for one process and for two."""

from collections import Counter

import pytest
import torch

from pipeline.preprocessing.base import Batch
from pipeline.training.finetuning import ready_windows
from pipeline.training.finetuning.ready_windows import Order, ReadyWindows
from pipeline.training.loss import balance_of, window_weights


def test_an_epochs_order_follows_from_seed_and_number_however_it_was_reached() -> None:
    unbroken, resumed = Order(20, 4, seed=3), Order(20, 4, seed=3)
    orders = []
    for epoch in range(3):
        unbroken.epoch = epoch
        orders.append([deal.places.tolist() for deal in unbroken])
    assert orders[0] != orders[1]
    resumed.epoch = 2
    assert [deal.places.tolist() for deal in resumed] == orders[2]


@pytest.mark.parametrize("count", [2, 3])
def test_processes_share_every_batch_and_their_parts_add_up_to_its_mean(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    values = torch.arange(9.0) ** 2
    whole = [float((values[deal.places] * deal.shares).sum()) for deal in Order(9, 4, seed=0)]
    parts, seen = torch.zeros(3), Counter[int]()
    for number in range(count):
        monkeypatch.setattr(ready_windows, "together", lambda number=number: (number, count))
        for place, deal in enumerate(Order(9, 4, seed=0)):
            assert len(deal.places)  # an idle process would leave the others waiting
            parts[place] += (values[deal.places] * deal.shares).sum() / count  # gradients are averaged
            seen.update(deal.places[deal.shares > 0].tolist())
    torch.testing.assert_close(parts, torch.tensor(whole))
    assert seen == Counter(range(9))


def test_what_watches_is_dealt_so_that_all_batches_add_up_to_the_mean() -> None:
    values = torch.rand(9)
    total = sum((values[deal.places] * deal.shares).sum() for deal in Order(9, 4))
    torch.testing.assert_close(total, values.mean())


def test_drawn_by_their_weights_classes_come_equally_often() -> None:
    targets = torch.nn.functional.one_hot(torch.tensor([0] * 90 + [1] * 8 + [2] * 2), 3).float()
    weights = window_weights(targets, balance_of(targets, multiclass=True), multiclass=True)
    order, drawn = Order(100, 10, seed=0, weights=weights), torch.zeros(3)
    for epoch in range(30):
        order.epoch = epoch
        for deal in order:
            drawn += targets[deal.places].sum(dim=0)
    # 3,000 draws, each class 1,000 +- 26.
    assert ((drawn - 1000).abs() < 4 * 26).all()


def test_drawing_batches_leaves_the_global_random_state_alone() -> None:
    loader = ReadyWindows(Batch.of(torch.zeros(5, 1, 4)), torch.zeros(5, 2), Order(5, 2, seed=0))
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    fields = next(iter(loader))
    assert [len(field) for field in fields] == [2] * 6
    assert torch.equal(torch.rand(2), expected)
