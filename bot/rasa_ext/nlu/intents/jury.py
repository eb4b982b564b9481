"""Several classifiers over the same terms, and their common verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, logsumexp
from sklearn.svm import LinearSVC

from bot.rasa_ext.nlu.intents.network import Network, Schooling

_TEMPERATURES = np.geomspace(0.02, 5, 60)


class Juror(Protocol):
    """Gives every class a logit."""

    def logits(self, rows: csr_matrix) -> np.ndarray:
        """One row of logits a text."""


class Planes:
    """One separating plane a class: a linear support vector machine."""

    def __init__(self, weights: tuple[np.ndarray, ...]) -> None:
        """Take `(terms x classes, classes)` as float16 or float32."""
        self.weights = weights
        self._ready = tuple(np.ascontiguousarray(part, np.float32) for part in weights)

    def logits(self, rows: csr_matrix) -> np.ndarray:
        """One row of distances a text."""
        slopes, biases = self._ready
        return rows @ slopes + biases

    @classmethod
    def train(cls, rows: csr_matrix, labels: np.ndarray, softness: float, seed: int) -> "Planes":
        """Train on rows and class numbers 0, 1, 2 …; two classes need two planes as well."""
        machine = LinearSVC(C=softness, random_state=seed).fit(rows, labels)
        slopes, biases = machine.coef_, machine.intercept_
        if len(slopes) == 1:
            slopes, biases = np.vstack([-slopes, slopes]), np.hstack([-biases, biases])
        return cls((slopes.T.astype(np.float16), biases.astype(np.float32)))


@dataclass(frozen=True)
class JuryRules:
    """Who sits on the jury."""

    softness: float = 1.0
    networks: int = 2
    schooling: Schooling = field(default_factory=Schooling)
    seed: int = 1


class Jury:
    """Jurors and the temperature by which each one's logits are made comparable."""

    def __init__(self, jurors: Sequence[Juror], temperatures: Sequence[float]) -> None:
        self.jurors = list(jurors)
        self.temperatures = list(temperatures)

    @classmethod
    def train(cls, rows: csr_matrix, labels: np.ndarray, classes: int, rules: JuryRules) -> "Jury":
        """Train all jurors; temperatures are one until calibrated."""
        jurors: list[Juror] = [Planes.train(rows, labels, rules.softness, rules.seed)]
        jurors += [
            Network.train(rows, labels, classes, rules.schooling, rules.seed + number)
            for number in range(rules.networks)
        ]
        return cls(jurors, [1.0] * len(jurors))

    def opinions(self, rows: csr_matrix) -> np.ndarray:
        """Every juror's logits at its temperature: jurors x texts x classes."""
        pairs = zip(self.jurors, self.temperatures, strict=True)
        return np.stack([juror.logits(rows) / temperature for juror, temperature in pairs])


def verdict(opinions: np.ndarray) -> np.ndarray:
    """The probabilities that the jurors agree on: texts x classes."""
    together = log_softmax(opinions, axis=2).mean(axis=0)
    powers = np.exp(together - together.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def signs_of_doubt(opinions: np.ndarray) -> np.ndarray:
    """The jurors' highest logits and energies, how sure and how undivided they are: texts x 4."""
    together = log_softmax(opinions, axis=2).mean(axis=0)
    first = together.max(axis=1)
    divided = together.shape[1] > 1
    second = np.partition(together, -2, axis=1)[:, -2] if divided else np.zeros_like(first)
    energy = logsumexp(opinions, axis=2).mean(axis=0)
    return np.stack([opinions.max(axis=2).mean(axis=0), energy, first, first - second], axis=1)


def best_temperature(logits: Sequence[np.ndarray], labels: Sequence[np.ndarray]) -> float:
    """The temperature at which the logits tell the labels' probabilities best."""

    def surprise(temperature: float) -> float:
        return sum(
            -log_softmax(some / temperature, axis=1)[np.arange(len(right)), right].sum()
            for some, right in zip(logits, labels, strict=True)
        )

    return float(min(_TEMPERATURES, key=surprise))
