"""Plots as inline SVG: they need no script and nothing from elsewhere."""

from collections.abc import Sequence

from markupsafe import Markup, escape

_SIDE, _MARGIN = 260, 34
_BAR, _LABEL, _WIDTH = 16, 170, 260
_COLOURS = ("#1d6f5c", "#c4622d")


def calibration_plot(lines: Sequence[tuple[str, Sequence[tuple[float, float, int]]]]) -> Markup:
    """Confidence across, share of right readings upwards; the dashed line is what should be."""
    size = _SIDE + 2 * _MARGIN
    drawn = [
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" class="ideal"/>',
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{_SIDE}" height="{_SIDE}" class="frame"/>',
    ]
    for tenth in (0, 0.5, 1):
        drawn.append(f'<text x="{_x(tenth)}" y="{size - 14}" class="tick">{tenth:g}</text>')
        drawn.append(f'<text x="{_MARGIN - 16}" y="{_y(tenth) + 4}" class="tick">{tenth:g}</text>')
    for (name, steps), colour in zip(lines, _COLOURS, strict=False):
        points = " ".join(f"{_x(sure)},{_y(right)}" for sure, right, _ in steps)
        drawn.append(f'<polyline points="{points}" stroke="{colour}" class="curve"/>')
        drawn += [
            f'<circle cx="{_x(sure)}" cy="{_y(right)}" r="{min(2 + many**0.5 / 6, 9):.1f}" '
            f'fill="{colour}"><title>{escape(name)}: {many} sentences, confidence {sure:.2f}, '
            f"right {right:.2f}</title></circle>"
            for sure, right, many in steps
        ]
    return _svg(size, size, drawn)


def _x(value: float) -> float:
    return round(_MARGIN + value * _SIDE, 1)


def _y(value: float) -> float:
    return round(_MARGIN + (1 - value) * _SIDE, 1)


def bars(rows: Sequence[tuple[str, Sequence[float]]]) -> Markup:
    """A row for each name with a bar for each share from 0 to 1."""
    drawn: list[str] = []
    step = _BAR + 6
    for number, (name, shares) in enumerate(rows):
        top = number * step
        drawn.append(f'<text x="0" y="{top + 12}" class="name">{escape(name)}</text>')
        height = _BAR / max(len(shares), 1)
        for place, (share, colour) in enumerate(zip(shares, _COLOURS, strict=False)):
            drawn.append(
                f'<rect x="{_LABEL}" y="{top + place * height:.1f}" width="{share * _WIDTH:.1f}" '
                f'height="{height - 0.5:.1f}" fill="{colour}"/>'
            )
        said = " / ".join(f"{100 * share:.0f}" for share in shares)
        drawn.append(f'<text x="{_LABEL + _WIDTH + 6}" y="{top + 12}" class="tick">{said}</text>')
    return _svg(_LABEL + _WIDTH + 70, max(len(rows) * step, step), drawn)


def _svg(width: int, height: int, drawn: Sequence[str]) -> Markup:
    inside = "".join(drawn)
    return Markup(  # noqa: S704 - every text in it was escaped above
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">{inside}</svg>'
    )
