"""Encoders: one result with and without torch, a fallback that says so, no needless import."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.encoder import Encoder, EncoderError, load_encoder, open_encoder
from knowledge.train import Recipe, TrainingError, train_encoder, train_on
from tests.knowledge.shop import EXAMPLES, SHOP

TEXTS = ["quanto costa la spedizione", "Perché?", "🌿 ñandú straße", "", "x" * 500]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "small"
    train_on(SHOP, EXAMPLES, folder, recipe=Recipe(dim=16, steps=5))
    return folder


def test_numpy_gives_what_sentence_transformers_gives(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    theirs = model.encode(TEXTS, normalize_embeddings=True)
    assert np.allclose(open_encoder(folder).encode(TEXTS), theirs, atol=1e-5)


def test_vectors_have_length_one_or_zero(folder: Path) -> None:
    vectors = open_encoder(folder).encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1], atol=1e-5)


def test_one_text_alone_is_encoded_as_in_a_batch(folder: Path) -> None:
    encoder = open_encoder(folder)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(alone, encoder.encode(TEXTS))


@given(st.lists(st.text(), max_size=5))
def test_any_text_can_be_encoded(encoder: Encoder, texts: list[str]) -> None:
    assert np.isfinite(encoder.encode(texts)).all()


def test_training_twice_gives_the_same_model(folder: Path, tmp_path: Path) -> None:
    again = train_on(SHOP, EXAMPLES, tmp_path / "again", recipe=Recipe(dim=16, steps=5))
    assert again.version == open_encoder(folder).version
    other = train_on(SHOP, EXAMPLES, tmp_path / "other", recipe=Recipe(dim=16, steps=5, seed=1))
    assert other.version != again.version


def test_training_brings_the_meaning_closer(tmp_path: Path) -> None:
    trained = train_on(SHOP, EXAMPLES, tmp_path / "t", recipe=Recipe(dim=64, steps=150, batch=128))
    refund, money, dryer = trained.encode(["rimborso", "soldi indietro", "asciugacapelli"])
    assert refund @ money > 0.5 > refund @ dryer


def test_training_reports_how_far_it_is(tmp_path: Path) -> None:
    seen = []
    train_on(
        SHOP, EXAMPLES, tmp_path / "t",
        lambda step, done, total: seen.append((step, done, total)), Recipe(dim=8, steps=60),
    )  # fmt: skip
    assert seen[0][0] == "training the tokenizer"
    assert seen[-1] == ("training the encoder", 60, 60)


def test_training_on_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least two families"):
        train_encoder([], tmp_path / "t")


def test_a_model_out_of_reach_gives_way_to_the_trained_one_and_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with caplog.at_level(logging.WARNING, "knowledge"):
        encoder = load_encoder("nobody/no-such-model", folder)
    assert encoder.version == open_encoder(folder).version
    (record,) = caplog.records
    assert "nobody/no-such-model cannot be reached" in record.getMessage()


def test_without_a_trained_one_the_error_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="bottega knowledge train"):
        load_encoder("nobody/no-such-model", tmp_path / "missing")


def test_a_folder_is_opened_without_asking_the_hub(folder: Path) -> None:
    assert load_encoder(str(folder)).version == open_encoder(folder).version


def test_serving_does_not_import_torch(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import knowledge.search, knowledge.index\n"
        "from knowledge.encoder import load_encoder\n"
        f"load_encoder({str(folder)!r}).encode(['ciao'])\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
