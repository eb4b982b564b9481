"""Draws a product: its category's shape in a pair of colours that its SKU decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from jinja2 import Environment, FileSystemLoader

from app.demo.catalogue import department_of

PAGES = Path(__file__).parent
MOTIFS = ("sprig", "rings", "stripes", "leaf")


@dataclass(frozen=True)
class Palette:
    """The colours of one drawing, from the ground to the finest line."""

    ground: str
    glow: str
    body: str
    shade: str
    dark: str
    light: str
    accent: str


PALETTES = {
    "ginestra": Palette(
        "#fbecc4", "#fdf5dd", "#e9b63a", "#d79f22", "#7a5a1c", "#fff8e4", "#5f7a4d"
    ),
    "salvia": Palette("#dfe7d4", "#eef3e7", "#93ab83", "#7d966d", "#45593c", "#f7faf2", "#d9903d"),
    "terracotta": Palette(
        "#f5ddcd", "#faece2", "#d18359", "#bd6d43", "#70391f", "#fff5ee", "#4d6b55"
    ),
    "lavanda": Palette("#e6dfee", "#f2edf6", "#aa98c4", "#9480b1", "#54446e", "#faf7fc", "#e0aa2c"),
    "mare": Palette("#d5e4e6", "#e8f1f2", "#7fa7ae", "#678f97", "#2f535a", "#f3f9f9", "#e0a83a"),
    "rosa": Palette("#f6dfdd", "#fbeeec", "#dc9694", "#c87e7d", "#7b4042", "#fff5f4", "#6c8a63"),
}


def draw_product(product: Mapping[str, Any]) -> str:
    """The SVG of a product, 400 by 300."""
    department = department_of(product["category"])
    number = crc32(product["sku"].encode())
    colours = department["colours"]
    shape = department["categories"][product["category"]]["shape"]
    motif = MOTIFS[number // len(colours) % len(MOTIFS)]
    return _draw(shape, colours[number % len(colours)], motif, number % 2 == 0)


def draw_department(department: Mapping[str, Any]) -> str:
    """The SVG of a department: the shape of the category on its cover."""
    shape = department["categories"][department["cover"]]["shape"]
    return _draw(shape, department["colours"][0], MOTIFS[0], False)


@cache
def _draw(shape: str, colours: str, motif: str, mirrored: bool) -> str:
    template = _drawings().get_template("product.svg")
    return template.render(
        palette=PALETTES[colours], shape=f"{shape}.svg", motif=motif, mirrored=mirrored
    )


@cache
def _drawings() -> Environment:
    folders = FileSystemLoader([PAGES / "shapes", PAGES / "templates"])
    return Environment(loader=folders, autoescape=True)
