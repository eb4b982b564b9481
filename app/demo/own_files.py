"""The demo company's own fields and segments, as files that a company would write itself."""

import shutil
from pathlib import Path

from app.demo.content import COMPANY


def lay_out(home: Path) -> None:
    """Copy them into the home folder; what is there already is left alone."""
    (home / "segments").mkdir(exist_ok=True)
    for source in (COMPANY / "fields.yml", *(COMPANY / "segments").glob("*.yml")):
        target = home / source.relative_to(COMPANY)
        if not target.exists():
            shutil.copyfile(source, target)
