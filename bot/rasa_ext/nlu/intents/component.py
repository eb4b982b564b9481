"""The intent classifier as a component of Rasa's pipeline."""

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_ext.nlu.concepts import concepts_of
from bot.rasa_ext.nlu.intents.features import utterance_of
from bot.rasa_ext.nlu.intents.judge import Judge, JudgeRules
from bot.rasa_ext.nlu.intents.jury import JuryRules
from bot.rasa_ext.nlu.intents.network import Schooling
from bot.rasa_ext.nlu.intents.preamble import wanted_first
from bot.rasa_ext.nlu.intents.scope import ScopeRules
from bot.rasa_ext.nlu.learner import Learner

FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(Learner[Judge], RasaIntentClassifier):
    """Sets `intent` and `intent_ranking`; what it is not sure enough of becomes `nlu_fallback`.

    A confidence is the probability that the message is a known matter and this intent. The fallback
    has the confidence of the likeliest reading, which follows it in the ranking.

    Who asks to be heard first ("wait, first tell me …") is read with these words and without; the
    surer reading stands.

    The intents in `costly` need more, so that hardly any message about other matters (the examples
    of `out_of_scope`) starts them; of those rightly read, the share `costly_turned_down` may be
    asked back about for that.
    """

    learns_from = ("concepts",)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "concepts": None,
            "ranking_length": 10,
            "threshold": None,
            "turned_down": 0.03,
            "costly": [],
            "costly_turned_down": 0.1,
            "rounds": 4,
            "networks": 2,
            "hidden": 128,
            "epochs": 12,
            "softness": 1.0,
            "seed": 1,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @classmethod
    def recall(cls, folder: Path, config: dict[str, Any]) -> Judge:
        """The judge as trained."""
        return Judge.load(folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all examples that have an intent and a text."""
        examples = [e for e in training_data.intent_examples if e.get("text")]
        if len({example.get("intent") for example in examples}) < 2:
            raise InvalidConfigException("The training data needs examples of two intents or more.")
        self._learnt = Judge.train(
            [utterance_of(example) for example in examples],
            [example.get("intent") for example in examples],
            self._rules(),
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._learnt.save(folder)
        return self._resource

    def _rules(self) -> JudgeRules:
        config = self._config
        schooling = Schooling(hidden=config["hidden"], epochs=config["epochs"])
        return JudgeRules(
            concepts=concepts_of(config["concepts"], "IntentClassifier"),
            jury=JuryRules(config["softness"], config["networks"], schooling, config["seed"]),
            scope=ScopeRules(config["rounds"], turned_down=config["turned_down"]),
            costly=frozenset(config["costly"]),
            costly_turned_down=config["costly_turned_down"],
        )

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the intent and the ranking to each message."""
        for message in messages:
            ranking = self._ranking(message)
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if self._learnt is None:
            raise RuntimeError("The intent classifier is not trained.")
        if not (message.get("text") or "").strip():
            return [_reading(FALLBACK, 0.0)]
        whole, wanted = self._rank(message), wanted_first(message)
        return max(whole, self._rank(wanted), key=_sureness) if wanted else whole

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        assert self._learnt is not None
        names, confidences = self._learnt.rank(utterance_of(message))
        length = self._config["ranking_length"]
        ranking = [
            _reading(n, c) for n, c in zip(names[:length], confidences[:length], strict=True)
        ]
        if confidences[0] < self._threshold(names[0]):
            return [_reading(FALLBACK, confidences[0]), *ranking]
        return ranking

    def _threshold(self, intent: str) -> float:
        given = self._config["threshold"]
        return self._learnt.threshold(intent) if given is None else float(given)  # type: ignore[union-attr]


def _sureness(ranking: list[dict[str, Any]]) -> tuple[bool, float]:
    """What is acted on goes before a fallback, then the likelier reading."""
    return ranking[0]["name"] != FALLBACK, ranking[0]["confidence"]


def _reading(name: str, confidence: float) -> dict[str, Any]:
    return {"name": name, "confidence": float(confidence)}
