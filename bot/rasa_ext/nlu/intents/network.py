"""A small neural network over sparse terms: one hidden layer, much dropout, Adam."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

_DECAY_1, _DECAY_2, _TINY = np.float32(0.9), np.float32(0.999), np.float32(1e-8)


_ALL = slice(None)


@dataclass(frozen=True)
class Schooling:
    """How a network is trained."""

    hidden: int = 128
    epochs: int = 12
    fewest_steps: int = 800
    batch: int = 64
    rate: float = 3e-3
    drop_terms: float = 0.6
    drop_hidden: float = 0.3


class _Adam:
    """Adam for one array; rows may be updated alone, as only some terms occur in a batch."""

    def __init__(self, weights: np.ndarray) -> None:
        self._weights = weights
        self._mean = np.zeros_like(weights)
        self._square = np.zeros_like(weights)

    def step(self, slope: np.ndarray, rate: np.float32, rows: np.ndarray | slice) -> None:
        """Move against the slope of a loss; the slope's memory is used up."""
        mean, square = self._mean[rows], self._square[rows]
        mean += (1 - _DECAY_1) * (slope - mean)
        slope *= slope
        square += (1 - _DECAY_2) * (slope - square)
        self._mean[rows], self._square[rows] = mean, square
        np.sqrt(square, out=slope)
        slope += _TINY
        np.divide(mean, slope, out=slope)
        slope *= rate
        self._weights[rows] -= slope


class Network:
    """Logits of classes from rows of terms."""

    def __init__(self, weights: tuple[np.ndarray, ...]) -> None:
        """Take `(terms x hidden, hidden, hidden x classes, classes)` as float16 or float32."""
        self.weights = weights
        self._ready = tuple(np.ascontiguousarray(part, np.float32) for part in weights)

    def logits(self, rows: csr_matrix) -> np.ndarray:
        """One row of logits a text."""
        first, first_bias, second, second_bias = self._ready
        hidden = np.maximum(rows @ first + first_bias, 0)
        return hidden @ second + second_bias

    @classmethod
    def train(
        cls, rows: csr_matrix, labels: np.ndarray, classes: int, how: Schooling, seed: int
    ) -> "Network":
        """Train on rows and class numbers; the same seed gives the same network."""
        return cls(_Lesson(rows, labels, classes, how, seed).run())


class _Lesson:
    def __init__(
        self, rows: csr_matrix, labels: np.ndarray, classes: int, how: Schooling, seed: int
    ) -> None:
        self._rows, self._labels, self._how = rows, labels, how
        self._dice = np.random.default_rng(seed)
        self._weights = [
            self._dice.standard_normal((rows.shape[1], how.hidden), np.float32) * np.float32(0.03),
            np.zeros(how.hidden, np.float32),
            self._dice.standard_normal((how.hidden, classes), np.float32)
            * np.float32(np.sqrt(2 / how.hidden)),
            np.zeros(classes, np.float32),
        ]
        self._optimisers = [_Adam(part) for part in self._weights]

    def run(self) -> tuple[np.ndarray, ...]:
        count, batch = self._rows.shape[0], self._how.batch
        steps_an_epoch = -(-count // batch)
        epochs = max(self._how.epochs, -(-self._how.fewest_steps // steps_an_epoch))
        step, last = 0, epochs * steps_an_epoch
        for _ in range(epochs):
            order = self._dice.permutation(count)
            for start in range(0, count, batch):
                step += 1
                self._learn(order[start : start + batch], self._rate(step, last))
        return tuple(part.astype(np.float16) for part in self._weights)

    def _rate(self, step: int, last: int) -> np.float32:
        """Falls to nothing in a straight line; corrected for the start from zero."""
        corrected = np.sqrt(1 - float(_DECAY_2) ** step) / (1 - float(_DECAY_1) ** step)
        return np.float32(self._how.rate * (1 - step / (last + 1)) * corrected)

    def _learn(self, chosen: np.ndarray, rate: np.float32) -> None:
        first, first_bias, second, second_bias = self._weights
        terms, inputs = self._drop_terms(self._rows[chosen])
        raw = inputs @ first[terms] + first_bias
        kept = self._kept(raw.shape, self._how.drop_hidden)
        hidden = np.maximum(raw, 0) * kept
        error = _softmax(hidden @ second + second_bias)
        error[np.arange(len(chosen)), self._labels[chosen]] -= 1
        error /= len(chosen)
        back = (error @ second.T) * kept * (raw > 0)
        slopes = (inputs.T @ back, back.sum(0), hidden.T @ error, error.sum(0))
        for optimiser, slope, rows in zip(
            self._optimisers, slopes, (terms, _ALL, _ALL, _ALL), strict=True
        ):
            optimiser.step(slope, rate, rows)

    def _drop_terms(self, rows: csr_matrix) -> tuple[np.ndarray, csr_matrix]:
        """The terms that are left of a batch, and the batch in these terms."""
        kept = self._kept(rows.data.shape, self._how.drop_terms)
        here = kept > 0
        texts = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[here]
        terms, places = np.unique(rows.indices[here], return_inverse=True)
        weights = rows.data[here] * kept[here]
        return terms, csr_matrix((weights, (texts, places)), (rows.shape[0], len(terms)))

    def _kept(self, shape: tuple[int, ...], dropped: float) -> np.ndarray:
        """Random zeros, and what makes up for them elsewhere."""
        stays = self._dice.random(shape, np.float32) >= dropped
        return stays * np.float32(1 / (1 - dropped))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
