"""What goes with what, learnt from who bought what: item to item, with shrinkage.

Two readings of the same counts are added, both as shares of a product's buyers:

- *beyond chance*: how many more of its buyers also bought the other one than if they had bought at
  random, shrunk where there are few of them;
- *smoothed*: the same through the main directions of all counts, which also joins products that
  nobody bought both of, where their buyers bought the same third things.

To what goes with something owned the share of all people who bought it is added once, whatever is
owned: of two that go with it equally well, what more people choose comes first.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]

_BLOCK = 512
_ROUNDS = 5
_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Learning:
    """How companions are learnt; chosen on generated logs, see docs/decisions/recommendations.md.

    Attributes:
        shrinkage: as many buyers more, who bought nothing else.
        crowd: how much it counts, beside what its buyers show, how many people bought the other
            one: it decides where little is known of somebody, and fades where much is.
        directions: at most so many main directions.
        kept: companions kept of each product.
        smoothed: at most so many products, the most bought, are smoothed.
        fewest_buyers: who has fewer tells nothing.
        largest_basket: who bought more kinds of products is a dealer, not a taste.
    """

    shrinkage: float = 20.0
    crowd: float = 1.5
    directions: int = 64
    kept: int = 100
    smoothed: int = 20_000
    fewest_buyers: int = 2
    largest_basket: int = 1000


@dataclass(frozen=True, slots=True)
class Companion:
    """How well a product goes with what is owned, and the owned one it goes with most."""

    score: float
    because: str


class Companions:
    """For every product bought often enough, the products that its buyers like more than others."""

    def __init__(self, names: Sequence[str], table: sparse.csr_matrix, crowd: Floats) -> None:
        self._names = list(names)
        self._rows = {name: row for row, name in enumerate(self._names)}
        self._table = table
        self._crowd = crowd

    @classmethod
    def learn(
        cls, purchases: Iterable[tuple[Hashable, str]], learning: Learning | None = None
    ) -> "Companions":
        """From pairs of a buyer and a product; the same pair twice counts once."""
        learning = learning or Learning()
        names, bought = _count(purchases, learning)
        if not names:
            return cls([], sparse.csr_matrix((0, 0), dtype=np.float32), np.zeros(0, np.float32))
        together = sparse.csr_matrix(bought.T @ bought)
        table = _beyond_chance(together, bought.shape[0], learning) + _smoothed(together, learning)
        shares = np.asarray(together.diagonal(), dtype=np.float32) / bought.shape[0]
        return cls(names, _strongest(table.tocsr(), learning.kept), learning.crowd * shares)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def megabytes(self) -> float:
        """What the table takes in memory."""
        parts = (self._table.data, self._table.indices, self._table.indptr)
        return float(sum(part.nbytes for part in parts)) / 1e6

    def of(
        self, owned: Mapping[str, float], limit: int = 50, without: Collection[str] = ()
    ) -> dict[str, Companion]:
        """What goes with products owned, each weighing as given; best first, without them."""
        known = {self._rows[name]: share for name, share in owned.items() if name in self._rows}
        if not known:
            return {}
        targets, parts, sources = self._contributions(known)
        scores = np.bincount(targets, parts, minlength=len(self)).astype(np.float32)
        scores += np.where(scores > 0, self._crowd, 0.0)
        hidden = {*known, *(self._rows[name] for name in without if name in self._rows)}
        scores[list(hidden)] = 0.0
        best = _best(scores, limit)
        because = _heaviest(targets, parts, sources, best)
        return {
            self._names[row]: Companion(float(scores[row]), self._names[because[row]])
            for row in best.tolist()
        }

    def _contributions(
        self, known: Mapping[int, float]
    ) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp]]:
        """Every companion of what is owned: which, how strong, of which."""
        starts, table = self._table.indptr, self._table
        spans = [(row, slice(starts[row], starts[row + 1])) for row in known]
        targets = np.concatenate([table.indices[span] for _, span in spans])
        parts = np.concatenate([table.data[span] * known[row] for row, span in spans])
        sources = np.repeat(list(known), [span.stop - span.start for _, span in spans])
        return targets.astype(np.intp), parts, sources.astype(np.intp)


def _count(
    purchases: Iterable[tuple[Hashable, str]], learning: Learning
) -> tuple[list[str], sparse.csr_matrix]:
    """The products with buyers enough, and who bought which: (buyers, products) of ones."""
    baskets: dict[Hashable, set[str]] = {}
    for buyer, name in purchases:
        baskets.setdefault(buyer, set()).add(name)
    people = [basket for basket in baskets.values() if len(basket) <= learning.largest_basket]
    every = sorted({name for basket in people for name in basket})
    rows = {name: row for row, name in enumerate(every)}
    places = [[rows[name] for name in basket] for basket in people]
    flat = np.array([place for basket in places for place in basket], dtype=np.int32)
    starts = np.cumsum([0, *map(len, places)])
    shape = (len(people), len(every))
    bought = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, starts), shape=shape)
    often = np.flatnonzero(np.bincount(flat, minlength=len(every)) >= learning.fewest_buyers)
    return [every[row] for row in often], bought[:, often]


def _beyond_chance(
    together: sparse.csr_matrix, people: int, learning: Learning
) -> sparse.csr_matrix:
    """The share of a product's buyers who bought the other one, less the share of all people."""
    buyers = together.diagonal()
    pairs = together.tocoo()
    expected = buyers[pairs.row] * buyers[pairs.col] / people
    more = (pairs.data - expected) / (buyers[pairs.row] + learning.shrinkage)
    more[pairs.row == pairs.col] = 0.0
    kept = more > _LEAST
    places = (pairs.row[kept], pairs.col[kept])
    return sparse.csr_matrix((more[kept].astype(np.float32), places), shape=together.shape)


def _smoothed(together: sparse.csr_matrix, learning: Learning) -> sparse.csr_matrix:
    """The strongest companions by the main directions of the counts among the most bought."""
    count = together.shape[0]
    buyers = np.asarray(together.diagonal(), dtype=np.float32)
    most = np.sort(np.argsort(-buyers, kind="stable")[: learning.smoothed])
    directions = min(learning.directions, len(most) // 4)
    if directions < 1:
        return sparse.csr_matrix(together.shape, dtype=np.float32)
    root = np.sqrt(buyers[most])
    vectors = _main_directions(together[most][:, most], root, directions)
    blocks = [_block(vectors, root, start, learning.kept) for start in range(0, len(most), _BLOCK)]
    strongest = sparse.vstack(blocks).tocoo()
    places = (most[strongest.row], most[strongest.col])
    return sparse.csr_matrix((strongest.data, places), shape=(count, count))


def _main_directions(together: sparse.csr_matrix, root: Floats, directions: int) -> Floats:
    """The leading eigenvectors of the counts, each product scaled to weigh the same.

    What is bought together by chance alone lies in one direction, that of `root`: it is taken out.
    """
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - takes a second

    scale = sparse.diags(1.0 / root)
    vectors, _, _ = randomized_svd(
        (scale @ together @ scale).tocsr(), directions, n_iter=_ROUNDS, random_state=0
    )
    by_chance = root / np.linalg.norm(root)
    return np.asarray(vectors - np.outer(by_chance, by_chance @ vectors), dtype=np.float32)


def _block(vectors: Floats, root: Floats, start: int, kept: int) -> sparse.csr_matrix:
    """The strongest companions of some rows, as shares of their buyers."""
    rows = np.arange(start, min(start + _BLOCK, len(vectors)))
    shares: Floats = (vectors[rows] / root[rows, None]) @ (vectors * root[:, None]).T
    shares[np.arange(len(rows)), rows] = 0.0
    if kept < shares.shape[1]:
        weak = np.argpartition(-shares, kept, axis=1)[:, kept:]
        np.put_along_axis(shares, weak, 0.0, axis=1)
    return sparse.csr_matrix(np.where(shares > _LEAST, shares, 0.0))


def _strongest(table: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """The same table with no more than `kept` entries in a row."""
    places = []
    for start, end in zip(table.indptr[:-1], table.indptr[1:], strict=True):
        here = np.arange(start, end)
        if len(here) > kept:
            here = np.sort(here[np.argpartition(-table.data[start:end], kept)[:kept]])
        places.append(here)
    order = np.concatenate(places)
    starts = np.cumsum([0, *map(len, places)])
    return sparse.csr_matrix((table.data[order], table.indices[order], starts), table.shape)


def _best(scores: Floats, limit: int) -> NDArray[np.intp]:
    found = np.flatnonzero(scores > 0)
    if len(found) > limit:
        found = found[np.argpartition(-scores[found], limit - 1)[:limit]]
    return found[np.argsort(-scores[found], kind="stable")]


def _heaviest(
    targets: NDArray[np.intp], parts: Floats, sources: NDArray[np.intp], wanted: NDArray[np.intp]
) -> dict[int, int]:
    """For each wanted product, the owned one that speaks most for it."""
    here = np.isin(targets, wanted)
    order = np.argsort(parts[here], kind="stable")
    return dict(zip(targets[here][order].tolist(), sources[here][order].tolist(), strict=True))
