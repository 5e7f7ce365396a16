"""Which prompts are nearly the same: MinHash with banding (Broder, 1997). Pure.

A text is the set of its runs of five characters; two are nearly the same where they share NEAR of all that either has.
A signature tells how many they share with a standard error of 0.05; two texts at NEAR have a band in common in two of
three cases, at 0.9 in 98 of 100, and at 0.5 in one of seventy.
"""

import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

NEAR = 0.8
RUN = 5  # characters
BANDS, ROWS = 8, 9
HASHES = BANDS * ROWS
BLOCK = 4096  # runs hashed at a time, so that a long text takes no more memory than a short one
Signature = NDArray[np.uint16]

_drawn = np.random.default_rng(20230718).integers(0, 2**63, size=(2, HASHES), dtype=np.uint64)
_FACTORS, _SHIFTS = _drawn[0][:, None] * np.uint64(2) + np.uint64(1), _drawn[1][:, None]
_PLACES = np.uint64(0x9E3779B97F4A7C15) ** np.arange(RUN, dtype=np.uint64)
"""Kept with every prompt there is: to change them is to read all of them anew."""


def plain(text: str) -> str:
    """What two prompts have in common that nobody would tell apart."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digest(text: str) -> bytes:
    """Of a plain text."""
    return blake2b(_encoded(text), digest_size=16).digest()


def signature(text: str) -> Signature:
    """(HASHES,) of a plain text: of each hash, the lowest bits of the least value that any run has."""
    letters = np.frombuffer(_encoded(text.ljust(RUN)), dtype=np.uint32).astype(np.uint64)
    runs = np.unique(np.lib.stride_tricks.sliding_window_view(letters, RUN) @ _PLACES)
    mixed = _mix(runs)
    least = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for begin in range(0, len(mixed), BLOCK):
        values = _FACTORS * mixed[begin : begin + BLOCK] + _SHIFTS
        least = np.minimum(least, values.min(axis=1))
    return (least & np.uint64(0xFFFF)).astype(np.uint16)


def bands(one: Signature) -> list[int]:
    """BANDS numbers of 64 bits, signed as databases have them. Texts that share one may be nearly the same."""
    parts = (bytes([place]) + part.tobytes() for place, part in enumerate(one.reshape(BANDS, ROWS)))
    return [int.from_bytes(blake2b(part, digest_size=8).digest(), signed=True) for part in parts]


def likeness(one: Signature, other: Signature) -> float:
    """About the share of runs that both have, of those that either has."""
    return float(np.mean(one == other))


def stored(one: Signature) -> bytes:
    return one.astype("<u2").tobytes()


def restored(stored: bytes) -> Signature:
    return np.frombuffer(stored, dtype="<u2")


def _encoded(text: str) -> bytes:
    return text.encode("utf-32-le", "surrogatepass")


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finish (Steele, Lea and Flood, 2014): every bit depends on every other."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
