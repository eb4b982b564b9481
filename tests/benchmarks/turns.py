"""A whole turn through Bottega beside the same sentence through a stock Rasa bot, in one run.

Bottega: posted to the web chat, stored, understood, acted upon, answered, stored, fetched. Stock:
posted to Rasa's REST channel; default pipeline (DIET) and policies, trackers in memory, answers
from rules, no action server. The stock model is trained on the same data for one epoch: that
changes its accuracy, not the time it takes to run.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.fingerprint import fingerprint
from app.rasa_process import PYTHON, QUIET
from app.serve import free_port
from app.settings import ROOT, load_settings
from tests.live.instance import Instance
from tests.live.visitor import Visitor

Figure = dict[str, Any]

SENTENCES = (
    "ciao, come va?",
    "quanto costa la spedizione?",
    "dov'è il mio pacco",
    "what can you do for me?",
    "avete uno shampoo per capelli ricci?",
    "che orari fate a Milano",
    "voglio sapere se sei un robot",
    "grazie mille, gentilissimi",
    "lascia stare",
    "how long does delivery take?",
)
ROUNDS = 20
STOCK_PIPELINE = (
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 1, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": 1, "constrain_similarities": True},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
)
STOCK_POLICIES = (
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": 1},
    {"name": "TEDPolicy", "max_history": 5, "epochs": 1, "constrain_similarities": True},
)


def run() -> list[Figure]:
    """The figures: time of a turn, ratio to stock, memory, training time."""
    folder = Path(tempfile.mkdtemp(prefix="bottega-bench-"))
    instance = Instance(folder / "home", settings={"BOTTEGA_LOG_LEVEL": "warning"})
    try:
        instance.start()
        with stock_bot(folder) as stock_url:
            ours, theirs = _take_turns(instance.url, stock_url)
        return [*_times(ours, theirs), *_memory(instance), _training_time(folder)]
    finally:
        instance.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _take_turns(url: str, stock_url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of every turn, in conversations of ten; a longer one takes longer in both."""
    stock = httpx.Client(base_url=stock_url, timeout=60)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(ROUNDS):
        visitor = Visitor(url)
        for sentence in SENTENCES:
            mine = _timed(lambda text=sentence, guest=visitor: guest.say(text))
            other = _timed(lambda text=sentence, who=number: _ask_stock(stock, f"v{who}", text))
            if number:  # the first round warms both up
                ours.append(mine)
                theirs.append(other)
    return ours, theirs


def _ask_stock(stock: httpx.Client, sender: str, text: str) -> None:
    answer = stock.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
    answer.raise_for_status()


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _times(ours: list[float], theirs: list[float]) -> list[Figure]:
    figures = []
    for name, of in (("median", statistics.median), ("95th percentile", _p95)):
        figures.append(
            {
                "name": f"turn, {name}",
                "value": round(of(ours), 1),
                "unit": "ms",
                "compared_with": f"stock Rasa {of(theirs):.1f} ms",
            }
        )
    ratio = statistics.median(ours) / statistics.median(theirs)
    figures.append(
        {
            "name": "turn, median, as a share of stock Rasa's",
            "value": round(ratio, 2),
            "unit": "ratio",
            "compared_with": "aim: below 1",
        }
    )
    return figures


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _memory(instance: Instance) -> list[Figure]:
    return [
        {
            "name": f"memory of {name}",
            "value": round(_resident_megabytes(instance.pid(name))),
            "unit": "MB",
            "compared_with": "",
        }
        for name in ("app", "rasa")
    ]


def _resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _training_time(folder: Path) -> Figure:
    began = time.perf_counter()
    subprocess.run(
        [str(Path(sys.executable).with_name("bottega")), "train", "--force"],
        cwd=ROOT,
        env={**os.environ, "BOTTEGA_HOME": str(folder / "train")},
        check=True,
        stderr=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - began
    return {"name": "training, assistant and encoder", "value": round(seconds), "unit": "s",
            "compared_with": ""}  # fmt: skip


@contextmanager
def stock_bot(folder: Path) -> Iterator[str]:
    """A stock Rasa bot on the same training data; yields its address."""
    port = free_port()
    (folder / "credentials.yml").write_text("rest:\n")
    model = _stock_model()
    with (folder / "stock.log").open("wb") as log:
        process = subprocess.Popen(
            [str(PYTHON), "-m", "rasa", "run", "--model", str(model), "--port", str(port),
             "--interface", "127.0.0.1", "--credentials", str(folder / "credentials.yml")],
            cwd=folder, env={**os.environ, **QUIET}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            answer = httpx.post(
                f"{url}/webhooks/rest/webhook", json={"sender": "warm", "message": "ciao"}
            )
            if answer.is_success and answer.json():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError("The stock bot did not start.")


def _stock_model() -> Path:
    """Train the stock bot once for the present training data."""
    name = fingerprint([ROOT / "nlu_data"])
    model = load_settings().models / "stock" / f"{name}.tar.gz"
    if model.exists():
        return model
    project = model.parent / name
    project.mkdir(parents=True, exist_ok=True)
    _write_stock_project(project)
    subprocess.run(
        [str(PYTHON), "-m", "rasa", "train", "--config", "config.yml", "--domain", "domain.yml",
         "--data", str(ROOT / "nlu_data"), "rules.yml", "--out", str(model.parent),
         "--fixed-model-name", name, "--skip-validation"],
        cwd=project, env={**os.environ, **QUIET}, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return model


def _write_stock_project(project: Path) -> None:
    intents = sorted(set(_intents()))
    responses = {f"utter_{intent}": [{"text": f"Risposta: {intent}"}] for intent in intents}
    rules = [
        {"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}
        for intent in intents
    ]
    fallback = {"rule": "fallback", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_x"}]}
    responses["utter_x"] = [{"text": "?"}]
    domain = {
        "version": "3.1",
        "intents": [*intents, "nlu_fallback"],
        "entities": sorted(_entities()),
        "responses": responses,
    }
    config = {
        "recipe": "default.v1",
        "assistant_id": "stock",
        "language": "it",
        "pipeline": list(STOCK_PIPELINE),
        "policies": list(STOCK_POLICIES),
    }
    for name, content in (
        ("domain", domain),
        ("rules", {"version": "3.1", "rules": [*rules, fallback]}),
        ("config", config),
    ):
        (project / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True))


def _intents() -> Iterator[str]:
    for path in (ROOT / "nlu_data").glob("*.yml"):
        for block in yaml.load(path.read_text(), Loader=yaml.CSafeLoader).get("nlu", ()):
            if "intent" in block:
                yield block["intent"]


def _entities() -> set[str]:
    domain = (ROOT / "bot" / "domain").glob("*.yml")
    return {
        entity
        for path in domain
        for entity in yaml.safe_load(path.read_text()).get("entities") or ()
    }
