"""Words of a message, with spaCy."""

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.rasa_ext.nlu.pipelines import analyse
from bot.rasa_ext.nlu.spoken import DEFAULT_LANGUAGE, language_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyAnalyser(Tokenizer):
    """Rasa's tokens from spaCy: original text and offsets, lemma, folded spelling as `norm`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "default_language": DEFAULT_LANGUAGE,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SpacyAnalyser":
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of one attribute of a message."""
        text = message.get(attribute)
        doc = analyse(text, language_of(message, self._config["default_language"]))
        return [
            Token(
                text[word.idx : word.idx + len(word)],
                word.idx,
                lemma=word.lemma_.lower(),
                data={"norm": word.norm_},
            )
            for word in doc
            if not word.is_space
        ]
