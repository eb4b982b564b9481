"""The demo company's own fields, segments, offers' settings and campaigns, as files that a
company would write itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from app.demo.content import COMPANY


def lay_out(home: Path) -> None:
    """Copy them into the home folder; what is there already is left alone."""
    for source in (COMPANY / "fields.yml", COMPANY / "offers.yml", *_in_folders()):
        target = home / source.relative_to(COMPANY)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            shutil.copyfile(source, target)


def _in_folders() -> Iterator[Path]:
    for folder in ("segments", "campaigns"):
        yield from (COMPANY / folder).glob("*.yml")
