"""The trained classifier: from an utterance to the intents and how sure each is."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bot.rasa_ext.nlu.intents.features import Utterance, UtteranceTerms, garbled
from bot.rasa_ext.nlu.intents.jury import Jury, JuryRules, Planes, verdict
from bot.rasa_ext.nlu.intents.network import Network
from bot.rasa_ext.nlu.intents.scope import (
    CostRules,
    Scope,
    ScopeRules,
    Weighed,
    Weigher,
    calibrate,
    open_scope,
    signs_of_scope,
)
from bot.rasa_ext.nlu.terms import TermBlocks

_ABOUT, _WEIGHTS = "judge.json", "judge.npz"
# A juror is told from another by how many arrays it has.
_KINDS = {2: Planes, 4: Network}
# Four signs of doubt and the known shares of three kinds of term.
_SIGNS = 7
_GARBLED_EVERY = 10


@dataclass(frozen=True)
class JudgeRules:
    """How a judge is trained."""

    concepts: dict[str, str] = field(default_factory=dict)
    jury: JuryRules = field(default_factory=JuryRules)
    scope: ScopeRules = field(default_factory=ScopeRules)
    # Intents that change or cost something, and the one of messages that are other matters.
    costly: frozenset[str] = frozenset()
    outside: str = "out_of_scope"
    costly_turned_down: float = 0.1

    def cost(self, intents: Sequence[str]) -> CostRules:
        """The same by the intents' places."""
        costly = np.isin(intents, list(self.costly))
        outside = list(intents).index(self.outside) if self.outside in intents else None
        return CostRules(costly, outside, turned_down=self.costly_turned_down)


class Judge:
    """Ranks intents; its confidences are probabilities that allow for unknown matters."""

    def __init__(
        self,
        intents: Sequence[str],
        terms: UtteranceTerms,
        jury: Jury,
        scope: Scope,
        costly: frozenset[str] = frozenset(),
    ) -> None:
        self.intents = list(intents)
        self._terms, self._jury, self._scope, self._costly = terms, jury, scope, costly

    def threshold(self, intent: str) -> float:
        """The confidence below which nothing should be done."""
        return self._scope.costly_threshold if intent in self._costly else self._scope.threshold

    @classmethod
    def train(
        cls, utterances: Sequence[Utterance], intents: Sequence[str], rules: JudgeRules
    ) -> "Judge":
        """Train on utterances and their intents."""
        names = sorted(set(intents))
        labels = np.searchsorted(names, intents)
        terms = UtteranceTerms(rules.concepts)
        noise = [garbled(utterance) for utterance in utterances[::_GARBLED_EVERY]]
        calibrated = calibrate(
            labels,
            len(noise),
            _weigher(terms.of([*utterances, *noise]), rules),
            _one_network(rules),
            rules.scope,
            rules.cost(names),
        )
        found = terms.of(utterances)
        rows = terms.blocks.fit(found).weigh(found)
        jury = Jury.train(rows, labels, len(names), rules.jury)
        temperatures, scope = calibrated or ([1.0, 1.0], open_scope(_SIGNS))
        planes, network = temperatures[0], temperatures[-1]
        jury.temperatures = [planes, *[network] * rules.jury.networks]
        return cls(names, terms, jury, scope, rules.costly)

    def rank(self, utterance: Utterance) -> tuple[list[str], np.ndarray]:
        """The intents, the likeliest first, and their confidences."""
        confidences = self.confidences([utterance])[0]
        order = np.argsort(-confidences, kind="stable")
        return [self.intents[at] for at in order], confidences[order]

    def confidences(self, utterances: Sequence[Utterance]) -> np.ndarray:
        """Probabilities, utterances x intents; a row sums to that of a known matter."""
        weighed = _weigh(self._terms.blocks, self._terms.of(utterances))
        opinions = self._jury.opinions(weighed.rows)
        inside = self._scope.inside(signs_of_scope(opinions, weighed.shares))
        return verdict(opinions) * inside[:, None]

    def save(self, folder: Path) -> None:
        """Write the judge as JSON and plain arrays."""
        about = {
            "intents": self.intents,
            "concepts": self._terms.concepts,
            "temperatures": self._jury.temperatures,
            "threshold": self._scope.threshold,
            "costly_threshold": self._scope.costly_threshold,
            "costly": sorted(self._costly),
            "offset": self._scope.offset,
        }
        arrays = {
            f"{number}.{part}": weights
            for number, juror in enumerate(self._jury.jurors)
            for part, weights in enumerate(juror.weights)  # type: ignore[attr-defined]
        }
        (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False))
        np.savez(folder / _WEIGHTS, slopes=self._scope.slopes, **arrays)
        self._terms.blocks.save(folder, "utterance")

    @classmethod
    def load(cls, folder: Path) -> "Judge":
        """Read what `save` wrote."""
        about = json.loads((folder / _ABOUT).read_text())
        with np.load(folder / _WEIGHTS) as kept:
            arrays = dict(kept)
        thresholds = about["threshold"], about["costly_threshold"]
        scope = Scope(arrays.pop("slopes"), about["offset"], *thresholds)
        jurors = [_juror(arrays, number) for number in range(len(about["temperatures"]))]
        terms = UtteranceTerms(about["concepts"], TermBlocks.load(folder, "utterance"))
        jury, costly = Jury(jurors, about["temperatures"]), frozenset(about["costly"])
        return cls(about["intents"], terms, jury, scope, costly)


def _juror(arrays: dict[str, np.ndarray], number: int) -> Planes | Network:
    parts = sorted(name for name in arrays if name.startswith(f"{number}."))
    return _KINDS[len(parts)](tuple(arrays[part] for part in parts))


def _weigh(blocks: TermBlocks, terms: dict[str, list[list[str]]]) -> Weighed:
    return Weighed(blocks.weigh(terms), blocks.known_shares(terms))


def _weigher(terms: dict[str, list[list[str]]], rules: JudgeRules) -> Weigher:
    """Weighs chosen examples by what other chosen examples teach of the terms."""

    def pick(chosen: np.ndarray) -> dict[str, list[list[str]]]:
        return {kind: [texts[at] for at in chosen] for kind, texts in terms.items()}

    def learn(lesson: np.ndarray) -> Callable[[np.ndarray], Weighed]:
        blocks = UtteranceTerms(rules.concepts).blocks.fit(pick(lesson))
        return lambda chosen: _weigh(blocks, pick(chosen))

    return learn


def _one_network(rules: JudgeRules) -> Callable[[csr_matrix, np.ndarray, int], Jury]:
    """Trains the small jury of the calibration: each kind of juror once."""
    jury = rules.jury
    small = JuryRules(jury.softness, 1, jury.schooling, jury.seed)
    return lambda rows, labels, classes: Jury.train(rows, labels, classes, small)
