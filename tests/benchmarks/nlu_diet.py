"""Rasa's own DIET classifier on the same data, for comparison."""

import asyncio
import tempfile
from pathlib import Path

import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
from rasa.shared.utils.io import write_text_file

from bot.rasa_ext.report.pipeline import training_data
from tests.benchmarks.nlu_sets import Labelled

_CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "benchmark",
    "language": "it",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "entity_recognition": False, "random_seed": 1},
    ],
}


def diet_accuracy(train: Labelled, test: Labelled) -> float:
    """DIET's accuracy in percent, with the settings that Rasa proposes."""
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent.load(_train(train, Path(folder)))
        right = [_read(agent, text) == intent for text, intent in test]
    return 100 * sum(right) / len(right)


def _train(train: Labelled, folder: Path) -> str:
    config, data = folder / "config.yml", folder / "nlu.yml"
    config.write_text(yaml.safe_dump(_CONFIG))
    write_text_file(RasaYAMLWriter().dumps(training_data(train)), data)
    model = train_nlu(config=str(config), nlu_data=str(data), output=str(folder / "models"))
    if model is None:
        raise RuntimeError("Rasa trained no model.")
    return model


def _read(agent: Agent, text: str) -> str:
    understood = asyncio.run(agent.parse_message(text))
    return understood["intent"]["name"]
