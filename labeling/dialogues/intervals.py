"""How far a share that was counted may be from the one behind it. Pure."""

from math import sqrt

Z95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share: the p with |hits/of − p| ≤ z·√(p(1 − p)/of), as (low, high); (0, 1) of nothing.

    (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n), by E. B. Wilson, "Probable inference, the law of succession,
    and statistical inference", JASA 22 (1927) 209 to 212. It keeps within 0 and 1 and is fair at small n, where the
    usual ± is neither. It takes what is counted for independent; judgements of one person or dialogue are not quite, so
    the truth is a little wider.
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = share + spread / 2
    reach = z * sqrt(share * (1 - share) / of + spread / (4 * of))
    return (middle - reach) / (1 + spread) if hits else 0.0, (middle + reach) / (1 + spread) if hits < of else 1.0
