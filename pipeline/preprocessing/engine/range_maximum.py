"""Range maximum: the largest value in any stretch of a spectrum, in two look-ups whatever the stretch."""

import torch
from torch import Tensor


def range_maximum(values: Tensor, first: Tensor, last: Tensor, shortest: int, longest: int) -> Tensor:
    """The largest of `values[first]` to `values[last]`, for many stretches at once.

    The maxima of all stretches of 1, 2, 4, ... values are made by halves; any stretch is covered by two of them that
    overlap.

    Args:
        values: shape (batch, row, place).
        first, last: int64, shape (batch, stretch), the same for all rows; 0 <= first <= last < place.
        shortest, longest: bounds on how many values any stretch holds.

    Returns:
        Shape (batch, row, stretch).

    Source: Bender and Farach-Colton (2000), The LCA problem revisited, section 3 (sparse table).

    Example:
        >>> values = torch.tensor([[[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]]])
        >>> range_maximum(values, torch.tensor([[0, 1, 3]]), torch.tensor([[1, 3, 7]]), shortest=2, longest=5)
        tensor([[[3., 4., 9.]]])
    """
    lowest, highest = shortest.bit_length() - 1, longest.bit_length() - 1
    count = values.shape[-1]
    maxima, kept = values, []
    for level in range(highest + 1):
        if level >= lowest:
            kept.append(maxima)
        half = min(1 << level, count)
        # Past the end stands what is there already: a maximum does not mind hearing a value twice.
        maxima = torch.maximum(maxima, torch.cat([maxima[..., half:], maxima[..., count - half :]], dim=-1))
    table = torch.cat(kept, dim=-1)

    length = last - first + 1
    begin = torch.zeros_like(length)
    width = torch.full_like(length, 1 << lowest)
    for higher in range(lowest + 1, highest + 1):
        reaches = length >= (1 << higher)
        begin = begin + reaches.long() * count
        width = torch.where(reaches, 1 << higher, width)
    left, right = begin + first, begin + torch.maximum(last - width + 1, first)
    rows = values.shape[-2]
    return torch.maximum(_looked_up(table, left, rows), _looked_up(table, right, rows))


def _looked_up(table: Tensor, places: Tensor, rows: int) -> Tensor:
    return torch.gather(table, 2, places[:, None].expand(-1, rows, -1))
