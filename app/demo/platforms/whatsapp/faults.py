"""What can go wrong on purpose: with webhooks on their way, and with the business's calls."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


class BadFaults(ValueError):
    """A fault that there is none of, or a value that it cannot have."""


@dataclass
class Faults:
    """Chances from 0 to 1, drawn from a seed so that a run can be repeated.

    Args:
        duplicate: a delivery comes twice.
        reorder: an event is delivered after later ones.
        delay_seconds: an event waits up to so long before it is delivered.
        largest_batch: so many events in one delivery, if so many wait.
        retry_seconds: the pause before a delivery that failed comes again, doubled each time.
        delivery_tries: how often a delivery is tried.
        lost_calls: the connection is cut before a call has had an effect.
        lost_answers: a call has its effect, then the connection is cut.
        late_answers: a call has its effect and is answered `late_seconds` later.
        broken: a call is refused with 131000, without an effect.
        throttled: a call is refused with 130429, without an effect.
        undeliverable: a message is taken and reported as failed with 131026 later.
        paced: messages to one person that come too fast are refused with 131056.
        window_in_report: the closed window is told in a report instead of the answer.
    """

    seed: int = 0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_seconds: float = 0.0
    largest_batch: int = 20
    retry_seconds: float = 1.0
    delivery_tries: int = 12
    lost_calls: float = 0.0
    lost_answers: float = 0.0
    late_answers: float = 0.0
    late_seconds: float = 5.0
    broken: float = 0.0
    throttled: float = 0.0
    undeliverable: float = 0.0
    paced: bool = True
    window_in_report: bool = False
    _dice: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - no secret

    def happens(self, chance: float) -> bool:
        """Throw the dice."""
        return chance > 0 and self._dice.random() < chance

    def between(self, least: float, most: float) -> float:
        """A number between two, by the dice."""
        return self._dice.uniform(least, most)

    def one_of(self, count: int) -> int:
        """A number from 0 to below count, by the dice."""
        return self._dice.randrange(count)

    @property
    def values(self) -> dict[str, Any]:
        """All faults by name."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


def changed(faults: Faults, given: object) -> Faults:
    """Faults with some of them changed, from JSON.

    Raises:
        BadFaults: a name or a value cannot be.
    """
    if not isinstance(given, Mapping):
        raise BadFaults('Give the faults as an object, such as {"duplicate": 0.5}.')
    known = {one.name: type(getattr(faults, one.name)) for one in fields(faults)}
    for name, value in given.items():
        if name not in known or name.startswith("_"):
            names = ", ".join(one for one in known if not one.startswith("_"))
            raise BadFaults(f"There is no fault {name!r}; there are {names}.")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, bool) != (known[name] is bool) or not (is_number or value in (0, 1)):
            raise BadFaults(f"{name} is {value!r}; give a {known[name].__name__}.")
        if value < 0:
            raise BadFaults(f"{name} is {value!r}; it cannot be less than nothing.")
    return replace(faults, **given)
