"""What an action answers is checked against Rasa's schema, which is itself checked only once.

`jsonschema.validate`, which Rasa calls for every action, checks the schema anew each time: two
thirds of the time of a turn with a form.
"""

from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_SCHEMA = RemoteAction.action_response_format_spec()
_RESULTS = validator_for(_SCHEMA)(_SCHEMA)


def check_result(_: RemoteAction, result: dict[str, Any]) -> bool:
    """Whether the answer has the form that Rasa expects.

    Raises:
        jsonschema.ValidationError: it has not.
    """
    _RESULTS.validate(result)
    return True


def check_schema_once() -> None:
    """Let every remote action of this process check its answers by `check_result`."""
    _RESULTS.check_schema(_SCHEMA)
    RemoteAction._validate_action_result = check_result
