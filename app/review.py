"""Examples for the training data, between a colleague's suggestion and the training (R24).

In the folder `review` of the home folder: `examples.jsonl` (waiting), `refused.jsonl`, and
`trial.json`, the verdict of the last trial. What was accepted lies in `nlu/taught.yml`, from which
the assistant is trained beside its own examples.
"""

import hashlib
import json
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.rasa_process import PYTHON, QUIET
from app.settings import ROOT
from app.taught import add_taught, write_examples
from desk.lessons import (
    Changed,
    Example,
    KeptExample,
    NotTried,
    Trial,
    TrialState,
    Verdict,
)

Tell = Callable[[str], None]
logger = logging.getLogger(__name__)


class ReviewFolder:
    """Keeps examples, tries them in a process of its own, and teaches or refuses them."""

    def __init__(self, folder: Path, taught: Path, command: Sequence[str] = ()) -> None:
        """Works in a folder.

        Args:
            folder: where what waits lies.
            taught: the file of accepted examples.
            command: compares with and without the examples; see bot/rasa_ext/report/lessons.py.
        """
        self._folder, self._taught = folder, taught
        self._command = list(command) or [str(PYTHON), "-m", "bot.rasa_ext.report.lessons"]
        self._writing = threading.RLock()
        self._running: subprocess.Popen[str] | None = None
        self._trial = Trial()

    def keep(self, example: Example) -> None:
        """Put an example among those that wait; the same one again changes nothing."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = KeptExample(**asdict(example), key=_key(example), at=at)
        with self._writing:
            if all(one.key != kept.key for one in self.waiting()):
                self._write([*self.waiting(), kept])

    def waiting(self) -> Sequence[KeptExample]:
        """Those that nobody has decided on, the oldest first."""
        return [KeptExample(**one) for one in _lines(self._file("examples.jsonl"))]

    def _write(self, examples: Iterable[KeptExample]) -> None:
        lines = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in examples]
        _replace(self._file("examples.jsonl"), "".join(lines))

    def refuse(self, keys: Sequence[str]) -> None:
        """Put examples aside."""
        with self._writing:
            refused = [one for one in self.waiting() if one.key in keys]
            with self._file("refused.jsonl").open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n"
                                for one in refused)  # fmt: skip
            self._write(one for one in self.waiting() if one.key not in keys)

    def accept(self) -> int:
        """Teach what was tried, from the next training on."""
        with self._writing:
            waiting = self.waiting()
            if self.trial().state != TrialState.DONE or not waiting:
                raise NotTried("These examples have not been tried; try them first.")
            add_taught(self._taught, waiting)
            self._write([])
            return len(waiting)

    def trial(self) -> Trial:
        """The one that runs, or the verdict on what waits now."""
        with self._writing:
            if self._trial.state in (TrialState.RUNNING, TrialState.FAILED):
                return self._trial
            verdict = self._verdict()
            keys = frozenset(one.key for one in self.waiting())
            is_about_them = verdict is not None and verdict.keys == keys
            return Trial(TrialState.DONE, verdict=verdict) if is_about_them else Trial()

    def _verdict(self) -> Verdict | None:
        path = self._file("trial.json")
        if not path.is_file():
            return None
        read = json.loads(path.read_text("utf-8"))
        return _verdict_from(read, frozenset(read["keys"]))

    def start_trial(self) -> None:
        """Begin to try all that wait; nothing happens while one runs or when nothing waits."""
        with self._writing:
            examples = self.waiting()
            if self._trial.state == TrialState.RUNNING or not examples:
                return
            self._trial = Trial(TrialState.RUNNING, "reading")
        threading.Thread(
            target=self._try, args=(examples,), name="trial of examples", daemon=True
        ).start()

    def _try(self, examples: Sequence[KeptExample]) -> None:
        """Try in a thread of its own; whatever goes wrong, the trial does not run for ever."""
        trial = Trial(TrialState.FAILED)
        try:
            trial = self._compare(examples)
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            logger.error("Examples were not tried: %s", type(problem).__name__)
        finally:
            with self._writing:
                self._trial = trial

    def _compare(self, examples: Sequence[KeptExample]) -> Trial:
        """Compare with and without the examples and keep the verdict, unless it fails."""
        lessons, out = self._file("trial.yml"), self._file("trial.part.json")
        write_examples(lessons, examples)
        out.unlink(missing_ok=True)
        is_done = self._run(["--lessons", str(lessons), "--known", str(self._taught),
                             "--out", str(out)])  # fmt: skip
        if not is_done or not out.is_file():
            return Trial(TrialState.FAILED)
        read = json.loads(out.read_text("utf-8"))
        read["keys"] = [one.key for one in examples]
        _replace(self._file("trial.json"), json.dumps(read, ensure_ascii=False))
        return Trial()

    def _run(self, options: Sequence[str]) -> bool:
        """Run the comparison at low priority, following its steps; whether it came to an end."""
        with self._file("trial.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [*self._command, *options],
                cwd=ROOT,
                env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=lambda: os.nice(10),  # noqa: PLW1509 - customers go first
            )
            with process:
                self._running = process
                for line in process.stdout or ():
                    with self._writing:
                        self._trial = replace(self._trial, step=line.strip())
        return process.returncode == 0

    def stop(self) -> None:
        """End a trial that runs, when the app ends."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()

    def _file(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / name


def _key(example: Example) -> str:
    return hashlib.sha256(f"{example.intent}\n{example.text}".encode()).hexdigest()[:16]


def _lines(path: Path) -> list[dict[str, Any]]:
    """What was kept; examples of earlier versions had no key and called the author `by`."""
    if not path.is_file():
        return []
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [_completed(one) for one in read]


def _completed(line: dict[str, Any]) -> dict[str, Any]:
    line.setdefault("author", line.pop("by", ""))
    known = {one.name for one in fields(KeptExample)}
    kept = {name: value for name, value in line.items() if name in known}
    return {"key": _key(Example(line["text"], line["intent"], "", "")), **kept}


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _verdict_from(read: dict[str, Any], keys: frozenset[str]) -> Verdict:
    return Verdict(
        keys, read["sentences"], read["right_before"], read["right_after"],
        *([_changed(one) for one in read[name]] for name in ("better", "worse", "lessons")),
    )  # fmt: skip


def _changed(line: dict[str, Any]) -> Changed:
    return Changed(line["text"], line["intent"], line["before"], line["after"])
