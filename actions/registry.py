"""All custom actions, ready to be served to Rasa."""

from rasa_sdk.executor import ActionExecutor

from actions import (
    asking,
    assent,
    care,
    community,
    handoff,
    identity,
    knowledge,
    offer,
    order,
    privacy,
    profile,
    promotions,
    rating,
    smalltalk,
    ticket,
)
from actions.skill import SkillAction
from actions.tools import Tools

SKILLS = (
    smalltalk,
    assent,
    asking,
    identity,
    ticket,
    handoff,
    order,
    knowledge,
    offer,
    promotions,
    profile,
    privacy,
    rating,
    care,
    community,
)
ACTIONS: tuple[type[SkillAction], ...] = tuple(
    action for skill in SKILLS for action in skill.ACTIONS
)


def make_executor(tools: Tools) -> ActionExecutor:
    """Rasa's executor with an instance of every action."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(tools))
    return executor
