"""Runs the benchmarks, prints a table, writes benchmarks.json.

python -m tests.benchmarks [NAME …]
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

NAMES = (
    "turns",
    "understanding",
    "retrieval",
    "recommendation",
    "identity",
    "imports",
    "engine",
    "desk",
)
OUTPUT = Path("benchmarks.json")

console = Console()


def main(names: list[str]) -> None:
    """Run what is asked for, else everything; what cannot run here says why."""
    figures: list[dict[str, Any]] = []
    for name in names or NAMES:
        console.print(f"[bold]{name}[/bold] …")
        began = time.monotonic()
        figures += importlib.import_module(f"tests.benchmarks.{name}").run()
        console.print(f"  {time.monotonic() - began:.0f} s")
    show(figures)
    OUTPUT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    console.print(f"Written to {OUTPUT}.")


def show(figures: list[dict[str, Any]]) -> None:
    """Print the figures as a table."""
    table = Table("what", "value", "unit", "compared with")
    for figure in figures:
        table.add_row(figure["name"], str(figure["value"]), figure["unit"], figure["compared_with"])
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
