"""Curves that a terminal can draw, from columns of numbers: smoothed, thinned out, scaled.

Pure arithmetic, with the marks that stand at the axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SMOOTHINGS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
"""Weight of the curve so far in each of its points, from not smoothed to very smooth."""

_MOST_EXPONENTS = 7  # labelled exponents
_MOST_POWER = 300  # decimal exponent


@dataclass(frozen=True, slots=True)
class Piece:
    """Points of a curve that are joined by lines; nothing is drawn between two pieces."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: its position, and its label."""

    place: float
    label: str


def smoothed(values: Sequence[float], strength: float) -> list[float]:
    """Return the running mean in which older values count less and less; gaps stay gaps.

    Args:
        values: The values; what is not finite is a gap.
        strength: How much of the mean so far goes into the next one, from 0 for nothing to below 1.
    """
    found = []
    mean = weight = 0.0
    for value in values:
        if not math.isfinite(value):
            found.append(math.nan)
            continue
        mean = strength * mean + (1 - strength) * value
        weight = strength * weight + (1 - strength)
        # Without the weight the first values would be drawn towards 0.
        found.append(mean / weight)
    return found


def in_logarithms(values: Sequence[float]) -> list[float]:
    """Return the logarithms to base 10; a value without one is a gap."""
    return [math.log10(value) if 0 < value < math.inf else math.nan for value in values]


def pieces_of(xs: Sequence[float], ys: Sequence[float], most: int) -> tuple[Piece, ...]:
    """Return a curve with about as many points as can be told apart, in pieces that end at gaps.

    A piece also ends where the position goes back, as in the table of a run that was resumed.

    Of the points that fall together the lowest and the highest stay, in their order: a single spike among
    millions is seen.

    Args:
        xs: Where each point is.
        ys: How high it is. A point that is not finite in either is a gap.
        most: Greatest number of points, about.
    """
    pieces = []
    for begin, end in _finite_stretches(xs, ys):
        share = max(1, -(-most * (end - begin) // max(1, len(ys)) // 2))
        places = _telling_places(ys, begin, end, share)
        pieces.append(Piece(tuple(xs[place] for place in places), tuple(ys[place] for place in places)))
    # Very many gaps are too many pieces to be drawn in time.
    if len(pieces) > most:
        stride = -(-len(pieces) // most)
        pieces = pieces[::stride]
    return tuple(pieces)


def _finite_stretches(xs: Sequence[float], ys: Sequence[float]) -> Iterator[tuple[int, int]]:
    begin = None
    before = -math.inf
    for place, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if math.isfinite(x) and math.isfinite(y):
            if begin is not None and x < before:
                yield begin, place
                begin = None
            begin = place if begin is None else begin
            before = x
        elif begin is not None:
            yield begin, place
            begin = None
    if begin is not None:
        yield begin, len(ys)


def _telling_places(ys: Sequence[float], begin: int, end: int, buckets: int) -> list[int]:
    count = end - begin
    if count <= 2 * buckets:
        return list(range(begin, end))
    places = [begin]
    for bucket in range(buckets):
        low, high = begin + count * bucket // buckets, begin + count * (bucket + 1) // buckets
        part = ys[low:high]
        # The methods of lists and arrays find them without a call for each value.
        least, greatest = low + part.index(min(part)), low + part.index(max(part))
        places += [place for place in sorted({least, greatest}) if place > places[-1]]
    if places[-1] != end - 1:
        places.append(end - 1)
    return places


def ticks(low: float, high: float, most: int) -> tuple[Tick, ...]:
    """Return marks at round numbers between two values.

    Args:
        low: The least value.
        high: The greatest one.
        most: Greatest number of marks, 2 at least.
    """
    span = high - low
    if not math.isfinite(span):  # they are finite, and the way from one to the other is not
        return (Tick(low, number_text(low)), Tick(high, number_text(high)))
    if span <= abs(high) * 1e-12 or span <= 0:
        return (Tick(low, number_text(low)),)
    rough = span / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else 1e-300
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    places = [(first + number) * step for number in range(max(0, min(count, most + 1)))]
    if not places:  # no round number lies between them
        return (Tick(low, number_text(low)), Tick(high, number_text(high)))
    # 0 itself comes out as a very small number.
    places = [0.0 if abs(place) < step / 1e6 else place for place in places]
    return tuple(map(Tick, places, tick_labels(places, step)))


def tick_labels(places: Sequence[float], step: float) -> list[str]:
    """Return labels of marks that differ from each other.

    Where few digits do not tell them apart, the first one is whole and the others say how much more they are.

    Args:
        places: The values of the marks, in ascending order.
        step: The distance between two of them.
    """
    labels = list(map(number_text, places))
    if len(set(labels)) == len(labels):
        return labels
    first = f"{places[0]:.15g}"
    return [first, *(f"+{number_text(round((place - places[0]) / step) * step)}" for place in places[1:])]


def log_ticks(low: float, high: float, most: int) -> tuple[Tick, ...]:
    """Return marks at powers of 10 between two logarithms; at round numbers where there are few of them."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 1:
        stride = max(1, -(-(last - first + 1) // max(1, min(most, _MOST_EXPONENTS))))
        exponents = range(first, last + 1, stride)
        return tuple(Tick(float(exponent), _power_text(exponent)) for exponent in exponents)
    if not -_MOST_POWER < low <= high < _MOST_POWER:
        return (Tick(low, f"1e{low:.4g}"), Tick(high, f"1e{high:.4g}"))
    linear = ticks(10**low, 10**high, most)
    return tuple(Tick(math.log10(tick.place), tick.label) for tick in linear if tick.place > 0)


def _power_text(exponent: int) -> str:
    return number_text(10.0**exponent) if abs(exponent) < _MOST_POWER else f"1e{exponent}"


def number_text(value: float) -> str:
    """Return a number in few characters, as a label on an axis."""
    if math.isnan(value):
        return "nan"
    if value == 0:
        return "0"
    if math.isinf(value) or not 1e-4 <= abs(value) < 1e7:
        mantissa, _e, exponent = f"{value:.4g}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return f"{value:.6g}"
