"""Nothing but a clear yes counts as one: a clouded yes is asked about again."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.rasa_ext.nlu.intents.guard import Guard

_QUESTION = "?"
_THUMBS_DOWN = frozenset("👎🙅🤔🚫❌🛑✋😕🤷🙄😒🤨")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AssentGuard(Guard):
    """Turns a clouded reading of one of `intents` into `nlu_fallback`, with its confidence.

    A yes is clouded by a word of refusal, doubt or delay; a reading of the `unquestioned` ones by
    being a question too. What costs something is done on a yes alone: to ask once more is cheap,
    to misread a no is not.
    """

    learns_from = ("doubts",)
    excused = "consent"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intents": ["affirm", "accept_offer"], "unquestioned": ["affirm"], "doubts": None}

    def stops(self, intent: str, text: str) -> bool:
        """Whether a yes is less than plain."""
        asks = _QUESTION in text and intent in self._config["unquestioned"]
        return asks or bool(_THUMBS_DOWN.intersection(text)) or super().stops(intent, text)
