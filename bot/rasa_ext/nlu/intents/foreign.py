"""Other companies' matters start nothing that costs: what was meant is asked first."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.rasa_ext.nlu.intents.guard import Guard


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ForeignGuard(Guard):
    """Turns a reading of one of `intents` into `nlu_fallback` where a message names another matter.

    "Cancel my flight" is so like "cancel my order" that no classifier over n-grams is safe; flights
    and banks by name are known beforehand, as words of doubt are.
    """

    learns_from = ("foreign",)
    excused = "own"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intents": [], "foreign": None}
