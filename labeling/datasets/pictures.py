"""Bars for a data set's card, as SVG that needs no script and no font. Pure.

A card is read on a light page or on a dark one: the picture has a ground of its own.
"""

from collections.abc import Sequence
from html import escape

WIDTH, LABEL, BAR, ROW = 640, 190, 380, 30
GROUND, INK, FILL = "#ffffff", "#24292f", "#3b6fb6"


def bars(title: str, shares: Sequence[tuple[str, float]]) -> str:
    """One bar for each share, between 0 and 1, with its percentage; the longest takes all the room there is."""
    most = max((share for _, share in shares), default=0) or 1
    drawn = [_bar(place, label, share, share / most) for place, (label, share) in enumerate(shares)]
    height = 44 + ROW * len(shares) + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" font-family="sans-serif" font-size="14" fill="{INK}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="{GROUND}"/>',
            f'<text x="16" y="28" font-weight="bold">{escape(title)}</text>',
            *drawn,
            "</svg>\n",
        ]
    )


def _bar(place: int, label: str, share: float, length: float) -> str:
    top = 44 + ROW * place
    return (
        f'<text x="{LABEL - 8}" y="{top + 17}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LABEL}" y="{top + 3}" width="{BAR * length:.1f}" height="{ROW - 10}" fill="{FILL}"/>'
        f'<text x="{LABEL + BAR * length + 8:.1f}" y="{top + 17}">{100 * share:.1f} %</text>'
    )
