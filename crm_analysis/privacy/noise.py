"""Noise as differential privacy wants it: exact, and from the system's generator."""

from __future__ import annotations

import math
import secrets
from fractions import Fraction

_FINEST = 10**6  # the largest denominator of an ε


def discrete_laplace(epsilon: float | Fraction) -> int:
    """A whole number x with probability (1 − a) / (1 + a) · a^|x|, where a = exp(−ε).

    Canonne, Kamath & Steinke (2020), "The discrete Gaussian for differential privacy", algorithm
    2: exact for a rational ε, which a Laplace number made of floating-point numbers is not
    (Mironov 2012).

    >>> isinstance(discrete_laplace(1.0), int)
    True
    """
    rate = _rational(epsilon)
    # x = ⌊(u + t·v) / s⌋ for ε = s / t.
    scale, steps = rate.numerator, rate.denominator
    while True:
        start = secrets.randbelow(steps)
        if not _happens(Fraction(start, steps)):
            continue
        rounds = 0
        while _happens(Fraction(1)):
            rounds += 1
        size = (start + steps * rounds) // scale
        is_negative = bool(secrets.randbelow(2))
        if is_negative and size == 0:
            continue
        return -size if is_negative else size


def _rational(epsilon: float | Fraction) -> Fraction:
    rate = Fraction(epsilon).limit_denominator(_FINEST)
    if rate <= 0:
        raise ValueError(f"ε is {epsilon}; it must be above 1e-6")
    return rate


def _happens(rate: Fraction) -> bool:
    """True with probability exp(−rate), for a rate from 0 to 1; their algorithm 1."""
    draws = 1
    while secrets.randbelow(rate.denominator * draws) < rate.numerator:
        draws += 1
    return draws % 2 == 1


def within(epsilon: float, share: float) -> int:
    """How far from 0 the noise is at most, this share of the time.

    >>> within(1.0, 0.9)
    2
    """
    rest = math.exp(-float(_rational(epsilon)))
    # P(|x| ≥ n) = 2 aⁿ / (1 + a)
    largest = math.log((1 - share) * (1 + rest) / 2) / math.log(rest)
    return max(0, math.ceil(largest) - 1)
