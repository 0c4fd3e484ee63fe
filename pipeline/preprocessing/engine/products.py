"""Products: Fourier transforms as a few plain products of real matrices, for runtimes whose own are slow or coarse.

A length N = A B is transformed in two rounds: N / A products with an A x A matrix, a turn of every number by its own
angle (the twiddle), and N / B products with a B x B matrix. With n = B a + b and k = c + A d,
X[c + A d] = sum_b exp(s 2 pi i b d / B) exp(s 2 pi i b c / N) sum_a exp(s 2 pi i a c / A) x[B a + b].
The products of a factor too large for a table are transforms in their turn, made the same way.
Complex numbers travel as a plane of real and a plane of imaginary parts. Source: Cooley and Tukey (1965), An algorithm
for the machine calculation of complex Fourier series, Math. Comp. 19.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

Real = npt.NDArray[np.float32]
Complex = npt.NDArray[np.complex128]

_LARGEST = 512
"""No table is wider. Prime factors above it are worked around by Bluestein's chirps: transforms of a power of two."""


def factors(length: int) -> tuple[int, int]:
    """Two factors as near to each other as there are while the smaller one has a table.

    Example:
        >>> factors(12800), factors(256), factors(13), factors(1 << 20)
        ((128, 100), (16, 16), (13, 1), (2048, 512))
    """
    most = min(math.isqrt(length), _LARGEST)
    small = next(factor for factor in range(most, 0, -1) if length % factor == 0)
    return length // small, small


def _smooth(length: int) -> bool:
    """Whether tables are enough, however often a length is parted: no prime factor above `_LARGEST`."""
    if length <= _LARGEST:
        return True
    first, second = factors(length)
    return second > 1 and _smooth(first)


@lru_cache(maxsize=256)
def _roots(length: int, sign: int) -> Complex:
    """exp(sign 2 pi i k / length) for k = 0, 1, ..."""
    angle: Complex = np.exp(sign * 2j * np.pi * np.arange(length) / length)
    return angle


def _matrix(length: int, sign: int) -> Complex:
    numbers = np.arange(length)
    turned: Complex = _roots(length, sign)[np.outer(numbers, numbers) % length]
    return turned


@lru_cache(maxsize=256)
def _first(factor: int, used: int, sign: int, real: bool) -> Real:
    """From the right: rows of `used` numbers (real ones; or real parts, then imaginary ones) -> 2 x factor."""
    matrix = _matrix(factor, sign)[:used]
    above, below = np.hstack([matrix.real, matrix.imag]), np.hstack([-matrix.imag, matrix.real])
    return (above if real else np.vstack([above, below])).astype(np.float32)


@lru_cache(maxsize=256)
def _twiddle(first: int, second: int, sign: int) -> tuple[Real, Real]:
    """Cosines, and sines with the sign they have for either plane; shape (second, 1 or 2, first)."""
    numbers = np.outer(np.arange(second), np.arange(first)) % (first * second)
    turn = _roots(first * second, sign)[numbers][:, None]
    return turn.real.astype(np.float32), np.concatenate([-turn.imag, turn.imag], axis=1).astype(np.float32)


@lru_cache(maxsize=256)
def _second(factor: int, wanted: int, sign: int, scale: float, real: bool) -> Real:
    """From the left: columns of `factor` pairs -> 2 x wanted (or only the real ones)."""
    matrix = _matrix(factor, sign)[:wanted] * scale
    from_real, from_imaginary = np.stack([matrix.real, -matrix.imag]), np.stack([matrix.imag, matrix.real])
    rows = np.stack([from_real] if real else [from_real, from_imaginary])
    # (out plane, in plane, out, in) -> (out plane, out, in, in plane)
    return rows.transpose(0, 2, 3, 1).reshape(-1, 2 * factor).astype(np.float32)


def _constant(table: Real, like: Tensor) -> Tensor:
    return torch.from_numpy(table).to(like)


def transformed(
    values: Tensor, length: int, sign: int, wanted: int, *, from_real: bool = False, to_real: bool = False
) -> Tensor:
    """sum_n exp(sign 2 pi i k n / length) x[n] for k = 0 ... wanted - 1; over `length` where the sign is positive.

    Args:
        values: shape (..., n, 2), or (..., n) of real numbers; zeros after their end up to `length`.
        length: of the transform.
        sign: -1 forth, 1 back.
        wanted: how many numbers of the outcome.
        from_real: whether `values` are real.
        to_real: whether only the real parts are wanted.

    Returns:
        Shape (..., wanted, 2), or (..., wanted) of real parts.

    Example:
        >>> transformed(torch.tensor([1.0, 0.0, -1.0, 0.0]), 4, -1, 3, from_real=True)[:, 0].round(decimals=6).abs()
        tensor([0., 2., 0.])
    """
    planes = values[..., None] if from_real else values
    if not _smooth(length):
        chirped = _by_chirps(planes, length, sign, wanted)
        return chirped[..., 0] if to_real else chirped
    first, second = factors(length)
    rounds = _by_first(_parted(planes, second), first, sign)
    # A first round that is a transform itself has been divided by its own length already.
    scale = 1.0 / (length if first <= _LARGEST else second) if sign > 0 else 1.0
    by_second = _constant(_second(second, -(-wanted // first), sign, scale, to_real), rounds)
    columns = _twiddled(rounds, sign).flatten(-3, -2)
    made = (by_second @ columns).reshape(*columns.shape[:-2], 1 if to_real else 2, -1)[..., :wanted]
    return made.squeeze(-2) if to_real else made.transpose(-1, -2)


def _parted(planes: Tensor, second: int) -> Tensor:
    """(..., n, plane) -> (..., a, b, plane): a row per round; rounds of zeros only are left out."""
    used = -(-planes.shape[-2] // second)
    filled = pad(planes, (0, 0, 0, used * second - planes.shape[-2]))
    return filled.reshape(*planes.shape[:-2], used, second, planes.shape[-1])


def _by_first(parted: Tensor, first: int, sign: int) -> Tensor:
    """The first round, (..., a, b, plane) -> (..., b, plane, c)."""
    used, real = parted.shape[-3], parted.shape[-1] == 1
    if first > _LARGEST:
        numbers = parted.movedim(-3, -2)
        finished = transformed(numbers[..., 0] if real else numbers, first, sign, first, from_real=real)
        return finished.transpose(-1, -2)
    rows = parted.movedim(-3, -1).flatten(-2)
    made = rows @ _constant(_first(first, used, sign, real), rows)
    return made.reshape(*rows.shape[:-1], 2, first)


def _twiddled(numbers: Tensor, sign: int) -> Tensor:
    """(..., b, plane, c), each number turned by its own angle."""
    cosine, sine = _twiddle(numbers.shape[-1], numbers.shape[-3], sign)
    return numbers * _constant(cosine, numbers) + numbers.flip(-2) * _constant(sine, numbers)


def _times(pairs: Tensor, numbers: Complex) -> Tensor:
    """Complex products on a last axis of two."""
    cosine = np.stack([numbers.real, numbers.real], axis=-1).astype(np.float32)
    sine = np.stack([-numbers.imag, numbers.imag], axis=-1).astype(np.float32)
    return pairs * _constant(cosine, pairs) + pairs.flip(-1) * _constant(sine, pairs)


def _by_chirps(planes: Tensor, length: int, sign: int, wanted: int) -> Tensor:
    """The transform as a convolution with a chirp: n k = (n n + k k - (k - n)(k - n)) / 2.

    Source: Bluestein (1970), A linear filtering approach to the computation of discrete Fourier transform, IEEE Trans.
    Audio Electroacoustics 18.
    """
    room = 1 << (2 * length - 2).bit_length()
    numbers = np.arange(length)
    chirp = np.exp(sign * 1j * np.pi * (numbers * numbers % (2 * length)) / length)
    answer = np.zeros(room, dtype=np.complex128)
    answer[:length] = chirp.conj()
    answer[room - length + 1 :] = chirp[:0:-1].conj()
    pairs = planes if planes.shape[-1] == 2 else pad(planes, (0, 1))
    spectrum = transformed(_times(pairs, chirp[: pairs.shape[-2]]), room, -1, room)
    convolved = transformed(_times(spectrum, np.fft.fft(answer)), room, 1, wanted)
    return _times(convolved, chirp[:wanted] / (length if sign > 0 else 1))
