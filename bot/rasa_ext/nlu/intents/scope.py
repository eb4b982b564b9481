"""Tells matters that the assistant knows from all others, and how sure it must be to act.

Nobody has examples of all other matters, so they are imitated: in turn, some intents are left out
of the training, and their examples are then messages that the classifier has never heard of. Words
that nobody knows are imitated by garbled ones.

What costs something must be surer still: the examples of other matters that there are, read by
juries that have not seen them, tell how sure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from bot.rasa_ext.nlu.intents.jury import Jury, best_temperature, signs_of_doubt, verdict

FEWEST_INTENTS, FEWEST_EXAMPLES = 6, 60


@dataclass(frozen=True)
class Weighed:
    """Texts as a classifier takes them: their rows, and what part of their terms is known."""

    rows: csr_matrix
    shares: np.ndarray


# Learns the terms of the chosen examples; gives the weighed form of any examples then.
Weigher = Callable[[np.ndarray], Callable[[np.ndarray], Weighed]]
JuryTrainer = Callable[[csr_matrix, np.ndarray, int], Jury]


@dataclass(frozen=True)
class ScopeRules:
    """How outside matters are imitated and how many readable messages may be turned down."""

    rounds: int = 4
    outside_share: float = 0.2
    turned_down: float = 0.03
    seed: int = 1


@dataclass(frozen=True)
class CostRules:
    """Which classes cost something, which one holds other matters, how rarely these may meet.

    Of the examples of other matters `false_starts` may start something costly; to reach that, the
    share `turned_down` of what is rightly read as costly may be asked back about.
    """

    costly: np.ndarray
    outside: int | None = None
    false_starts: float = 0.005
    turned_down: float = 0.1


@dataclass
class Scope:
    """A logistic rule over the signs of scope, and the confidence below which nothing is done.

    What costs something needs the confidence `costly_threshold`.
    """

    slopes: np.ndarray
    offset: float
    threshold: float
    costly_threshold: float = 0.0

    def inside(self, signs: np.ndarray) -> np.ndarray:
        """The probability that each text is a known matter."""
        return expit(signs @ self.slopes + self.offset)


def open_scope(signs: int) -> Scope:
    """The scope when there is too little to learn one from: everything is inside."""
    return Scope(np.zeros(signs), 50.0, 0.0)


def signs_of_scope(opinions: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """What tells known matters from unknown ones: texts x signs."""
    return np.hstack([signs_of_doubt(opinions), shares])


@dataclass
class _Views:
    """What a jury says of some texts that it has not seen."""

    opinions: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, jury: Jury, weighed: Weighed) -> "_Views":
        return cls(jury.opinions(weighed.rows), weighed.shares)

    def signs(self, temperatures: np.ndarray) -> np.ndarray:
        return signs_of_scope(self.opinions / temperatures, self.shares)


@dataclass
class _Round:
    """A jury's views of texts of intents that it knows, with these, and of other texts."""

    known: _Views
    labels: np.ndarray
    unknown: _Views
    taught: np.ndarray


def calibrate(
    labels: np.ndarray,
    garbled: int,
    weigh: Weigher,
    train: JuryTrainer,
    rules: ScopeRules,
    cost: CostRules,
) -> tuple[list[float], Scope] | None:
    """The jurors' temperatures and the scope; nothing when there are too few examples.

    The weigher knows `garbled` more texts behind the labelled ones.
    """
    intents = int(labels.max()) + 1
    if intents < FEWEST_INTENTS or len(labels) < FEWEST_EXAMPLES:
        return None
    rounds = list(_rounds(labels, garbled, weigh, train, rules))
    jurors = range(len(rounds[0].known.opinions))
    right = [r.labels for r in rounds]
    temperatures = [
        best_temperature([r.known.opinions[juror] for r in rounds], right) for juror in jurors
    ]
    return temperatures, _learn_scope(rounds, temperatures, rules, cost)


def _rounds(
    labels: np.ndarray, garbled: int, weigh: Weigher, train: JuryTrainer, rules: ScopeRules
) -> Iterator[_Round]:
    dice = np.random.default_rng(rules.seed)
    intents = int(labels.max()) + 1
    left_out = dice.permutation(intents) % rules.rounds
    part = _spread(labels, rules.rounds, dice)
    noise = np.arange(len(labels), len(labels) + garbled)
    for number in range(rules.rounds):
        known = left_out[labels] != number
        lesson = np.flatnonzero(known & (part != number))
        taught, compact = np.unique(labels[lesson], return_inverse=True)
        unseen = np.flatnonzero(np.isin(labels, taught) & (part == number))
        strange = np.flatnonzero(~known & (part == number))
        weighed = weigh(lesson)
        jury = train(weighed(lesson).rows, compact, len(taught))
        yield _Round(
            _Views.of(jury, weighed(unseen)),
            np.searchsorted(taught, labels[unseen]),
            _Views.of(jury, weighed(np.r_[strange, noise[number :: rules.rounds]])),
            taught,
        )


def _spread(labels: np.ndarray, parts: int, dice: np.random.Generator) -> np.ndarray:
    """A part for every example, each intent spread evenly."""
    part = np.empty(len(labels), int)
    for intent in np.unique(labels):
        examples = dice.permutation(np.flatnonzero(labels == intent))
        part[examples] = (np.arange(len(examples)) + dice.integers(parts)) % parts
    return part


def _learn_scope(
    rounds: list[_Round], temperatures: list[float], rules: ScopeRules, cost: CostRules
) -> Scope:
    scale = np.array(temperatures)[:, None, None]
    known = np.vstack([r.known.signs(scale) for r in rounds])
    unknown = np.vstack([r.unknown.signs(scale) for r in rounds])
    signs = np.vstack([known, unknown])
    is_known = np.r_[np.ones(len(known)), np.zeros(len(unknown))]
    weights = np.where(is_known, 1.0, rules.outside_share * len(known) / max(len(unknown), 1))
    middle, spread = signs.mean(0), signs.std(0) + 1e-9
    rule = LogisticRegression().fit((signs - middle) / spread, is_known, weights)
    slopes = rule.coef_[0] / spread
    scope = Scope(slopes, float(rule.intercept_[0] - slopes @ middle), 0.0)
    read = _Read.all(rounds, scale, scope)
    rightly = read.likeliest == read.labels
    scope.threshold = float(np.quantile(read.sure[rightly], rules.turned_down))
    scope.costly_threshold = _costly_threshold(read, scope.threshold, cost)
    return scope


@dataclass
class _Read:
    """What the juries made of messages that they had not seen, of intents that they knew."""

    labels: np.ndarray
    likeliest: np.ndarray
    sure: np.ndarray

    @classmethod
    def all(cls, rounds: list[_Round], scale: np.ndarray, scope: Scope) -> "_Read":
        labels, likeliest, sure = [], [], []
        for r in rounds:
            chances = verdict(r.known.opinions / scale)
            labels.append(r.taught[r.labels])
            likeliest.append(r.taught[chances.argmax(1)])
            sure.append(chances.max(1) * scope.inside(r.known.signs(scale)))
        return cls(np.concatenate(labels), np.concatenate(likeliest), np.concatenate(sure))


def _costly_threshold(read: _Read, threshold: float, cost: CostRules) -> float:
    """The confidence that hardly any other matter reaches when it is read as something costly."""
    foreign = read.labels == cost.outside
    costly = cost.costly[read.likeliest]
    rightly = costly & (read.likeliest == read.labels)
    if not (foreign & costly).any() or not rightly.any():
        return threshold
    starting = np.sort(read.sure[foreign & costly])[::-1]
    allowed = int(cost.false_starts * foreign.sum())
    safe = np.nextafter(starting[allowed], 1.0) if allowed < len(starting) else 0.0
    bearable = np.quantile(read.sure[rightly], cost.turned_down)
    return float(max(threshold, min(safe, bearable)))
