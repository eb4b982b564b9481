"""What can go wrong on purpose: with updates on their way to the bot, and with the bot's calls."""

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any


class BadFaults(ValueError):
    """A fault that there is none of, or a value that it cannot have."""


@dataclass
class Faults:
    """Chances from 0 to 1, drawn from a seed so that a run can be repeated.

    Args:
        duplicate: an update is delivered twice.
        reorder: a chat's next update is delivered before this one.
        delay_seconds: an update waits up to so long before it is delivered.
        lost_calls: the connection is cut before a call has had an effect.
        lost_answers: a call has its effect, then the connection is cut.
        late_answers: a call has its effect and is answered `late_seconds` later.
        too_many: a call is refused with 429.
        broken: a call is refused with 502.
        paced: too many messages a second are refused, as on the real platform.
        fetches_pictures: pictures given by address can be fetched.
    """

    seed: int = 0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_seconds: float = 0.0
    lost_calls: float = 0.0
    lost_answers: float = 0.0
    late_answers: float = 0.0
    late_seconds: float = 5.0
    too_many: float = 0.0
    broken: float = 0.0
    paced: bool = True
    fetches_pictures: bool = True
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - no secret

    def happens(self, chance: float) -> bool:
        """Throw the dice."""
        return chance > 0 and self._dice.random() < chance

    def delay(self) -> float:
        """How long the next update waits, in seconds."""
        return self._dice.uniform(0, self.delay_seconds) if self.delay_seconds else 0.0

    @property
    def values(self) -> dict[str, Any]:
        """All faults by name."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


def read_faults(given: object) -> Faults:
    """Faults from JSON; those that are not named do not happen.

    Raises:
        BadFaults
    """
    if not isinstance(given, dict):
        raise BadFaults("Faults are given as an object.")
    known = {one.name: one.type for one in fields(Faults) if not one.name.startswith("_")}
    for name, value in given.items():
        if name not in known:
            raise BadFaults(f"There is no fault {name!r}; there are {', '.join(known)}.")
        if not isinstance(value, bool if known[name] is bool else int | float):
            raise BadFaults(f"{name} is {value!r}; give a {known[name].__name__}.")  # type: ignore[union-attr]
    return Faults(**given)
