"""Training the small encoder: one row for each word piece, placed so that likeness is closeness.

A sentence-transformers `StaticEmbedding` over a tokenizer trained on the same texts, trained by
contrast: two texts of a family attract each other, texts of other families repel.
"""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors, open_encoder
from knowledge.material import (
    Example,
    Family,
    families_from_documents,
    families_from_examples,
    families_from_stems,
    families_from_strangers,
    families_from_words,
    weigh,
)
from knowledge.progress import Progress, silent

_UNKNOWN = "[UNK]"
_LONGEST_WORD = 60


class TrainingError(ValueError):
    """There is too little to learn from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the encoder is trained; the defaults were chosen on the tuning half of the questions."""

    dim: int = 256
    vocabulary: int = 8000
    steps: int = 1000
    batch: int = 256
    rate: float = 0.2
    sharpness: float = 10.0
    dropped: float = 0.15
    misspelt: float = 0.1
    seed: int = 0


def train_encoder(
    families: Sequence[Family],
    folder: Path,
    progress: Progress = silent,
    recipe: Recipe | None = None,
    more_texts: Sequence[str] = (),
) -> Encoder:
    """Train on the families, save to `folder` (replacing what is there) and open it.

    `more_texts` teach the tokenizer words that belong to no family.
    """
    if len(families) < 2:
        raise TrainingError("Give at least two families of texts to learn from.")
    recipe = recipe or Recipe()
    progress("training the tokenizer", 0, 1)
    texts = [text for family in families for text in family.texts]
    tokenizer = train_tokenizer([*texts, *more_texts], recipe.vocabulary)
    progress("training the tokenizer", 1, 1)
    rows = _Trainer(families, tokenizer, recipe).run(progress)
    _save(tokenizer, rows, folder)
    return open_encoder(folder)


def train_on(
    documents: Sequence[Document],
    examples: Sequence[Example],
    folder: Path,
    progress: Progress = silent,
    recipe: Recipe | None = None,
) -> Encoder:
    """Train on a company's own documents and the assistant's training sentences."""
    spoken = [example.text for example in examples]
    return train_encoder(gather_families(documents, examples), folder, progress, recipe, spoken)


def gather_families(
    documents: Sequence[Document], examples: Sequence[Example] = ()
) -> list[Family]:
    """All there is to learn from, in the shares that served best."""
    answers = [document for document in documents if document.kind != "product"]
    products = [document for document in documents if document.kind == "product"]
    spoken = [(document.language, _all_texts(document)) for document in documents]
    spoken += [(example.language, example.text) for example in examples]
    return [
        *weigh(families_from_documents(answers), 0.35),
        *weigh(families_from_documents(products), 0.2),
        *weigh(families_from_examples(examples), 0.15),
        *weigh(families_from_stems(spoken), 0.15),
        *weigh(families_from_words(), 0.15),
        *weigh(families_from_strangers(examples), 0.15),
    ]


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> Tokenizer:
    """Word pieces over folded text; every single character is a piece, so no word is unknown.

    The trainer breaks ties by the numbers of the pieces, and numbers them in no fixed order:
    naming the single characters first makes the same texts give the same pieces.
    """
    draft = _tokenizer(models.WordPiece(unk_token=_UNKNOWN))
    letters = sorted({letter for text in texts for letter in draft.normalizer.normalize_str(text)})
    first = [_UNKNOWN, *letters, *(f"##{letter}" for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, special_tokens=first, min_frequency=2, show_progress=False
    )
    draft.train_from_iterator(texts, trainer)
    pieces = draft.get_vocab(with_added_tokens=True)
    return _tokenizer(
        models.WordPiece(pieces, unk_token=_UNKNOWN, max_input_chars_per_word=_LONGEST_WORD)
    )


def _tokenizer(model: Any) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


class _Trainer:
    """Draws pairs from families and moves the rows of their word pieces."""

    def __init__(self, families: Sequence[Family], tokenizer: Tokenizer, recipe: Recipe) -> None:
        self._recipe = recipe
        self._tokenizer = tokenizer
        self._texts = [family.texts for family in families]
        self._pieces = [_tokenize(tokenizer, texts) for texts in self._texts]
        self._weights = [family.weight for family in families]
        self._random = random.Random(recipe.seed)  # noqa: S311 - sampling, not secrets

    def run(self, progress: Progress) -> Vectors:
        """The trained rows, one for each word piece: float32 (pieces, dim)."""
        import torch  # noqa: PLC0415 - takes seconds, and only training needs it

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # faster on rows this small, and the same result everywhere
        try:
            return self._run(torch, progress)
        finally:
            torch.set_num_threads(threads)

    def _run(self, torch: Any, progress: Progress) -> Vectors:
        bag = self._first_rows(torch)
        optimizer = torch.optim.Adam(bag.parameters(), lr=self._recipe.rate)
        steps = self._recipe.steps
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = self._recipe.rate * (1 - step / steps)
            optimizer.zero_grad()
            self._loss(torch, bag).backward()
            optimizer.step()
            if (step + 1) % 50 == 0 or step + 1 == steps:
                progress("training the encoder", step + 1, steps)
        rows: Vectors = bag.weight.detach().numpy()
        return rows

    def _first_rows(self, torch: Any) -> Any:
        """Random directions, shorter for frequent pieces (as in smooth inverse frequency)."""
        counts = np.ones(self._tokenizer.get_vocab_size())
        for texts in self._pieces:
            for pieces in texts:
                np.add.at(counts, pieces, 1)
        share = counts / counts.sum()
        generator = torch.Generator().manual_seed(self._recipe.seed)
        rows = torch.randn(len(counts), self._recipe.dim, generator=generator)
        rows *= torch.from_numpy(1e-3 / (1e-3 + share)).float()[:, None]
        return torch.nn.EmbeddingBag.from_pretrained(rows, freeze=False)

    def _loss(self, torch: Any, bag: Any) -> Any:
        """Cross entropy both ways: each text must find its partner among the others' partners."""
        drawn = self._random.choices(range(len(self._texts)), self._weights, k=self._recipe.batch)
        pairs = [self._draw_pair(family) for family in drawn]
        left = _encode(torch, bag, [pair[0] for pair in pairs])
        right = _encode(torch, bag, [pair[1] for pair in pairs])
        family = torch.tensor(drawn)
        brothers = (family[:, None] == family[None, :]).fill_diagonal_(False)
        likeness = (left @ right.T * self._recipe.sharpness).masked_fill(brothers, -1e4)
        partner = torch.arange(len(drawn))
        entropy = torch.nn.functional.cross_entropy
        return (entropy(likeness, partner) + entropy(likeness.T, partner)) / 2

    def _draw_pair(self, family: int) -> tuple[list[int], list[int]]:
        first, second = self._random.sample(range(len(self._texts[family])), 2)
        return self._draw(family, first), self._draw(family, second)

    def _draw(self, family: int, text: int) -> list[int]:
        """The pieces of one text, some dropped, at times misspelt: customers write that way."""
        pieces = self._pieces[family][text]
        if self._random.random() < self._recipe.misspelt:
            misspelt = misspell(self._texts[family][text], self._random)
            pieces = _tokenize(self._tokenizer, [misspelt])[0]
        kept = [piece for piece in pieces if self._random.random() >= self._recipe.dropped]
        return kept or pieces or [0]


def misspell(text: str, chance: random.Random) -> str:
    """One word of the text with a letter lost, doubled or swapped with the next."""
    words = text.split()
    at = chance.randrange(len(words))
    word = words[at]
    if len(word) < 4:
        return text
    cut, slip = chance.randrange(1, len(word) - 1), chance.randrange(3)
    words[at] = (
        word[:cut] + word[cut + 1 :],
        word[:cut] + word[cut] + word[cut:],
        word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
    )[slip]
    return " ".join(words)


def _all_texts(document: Document) -> str:
    return " ".join((document.title, *document.also, document.text))


def _tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [encoding.ids for encoding in encodings]


def _encode(torch: Any, bag: Any, texts: Sequence[Sequence[int]]) -> Any:
    pieces = torch.tensor([piece for text in texts for piece in text])
    starts = torch.tensor(np.cumsum([0, *(len(text) for text in texts[:-1])]))
    return torch.nn.functional.normalize(bag(pieces, starts), dim=1)


def _save(tokenizer: Tokenizer, rows: Vectors, folder: Path) -> None:
    """A normal sentence-transformers folder, put in place when it is whole."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds
    from sentence_transformers.sentence_transformer.modules import (  # noqa: PLC0415
        StaticEmbedding,
    )

    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=rows)], device="cpu"
    )
    model.save_pretrained(str(draft), create_model_card=False)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
