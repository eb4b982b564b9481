"""Other people's record linkage on the same data: Splink on DuckDB, and recordlinkage.

Each with the settings that its own documentation takes for these data sets, and without labels.
They are no requirement of the product: `requirements/bench.txt`.
"""

import importlib
import logging
from typing import Any

Pairs = set[frozenset[str]]
SURE = 0.95

BLOCKS = (
    ("soc_sec_id",),
    ("given_name", "surname"),
    ("given_name", "date_of_birth"),
    ("surname", "date_of_birth"),
    ("given_name", "postcode"),
    ("surname", "postcode"),
    ("address_1",),
    ("suburb", "date_of_birth"),
)


def by_ecm(frames: list[Any]) -> Pairs:
    """What recordlinkage's unsupervised classifier finds with its usual settings."""
    rl = importlib.import_module("recordlinkage")
    indexer, comparer = rl.Index(), rl.Compare()
    for column in ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode"):
        indexer.block(column)
    pairs = indexer.index(*frames)
    for column in ("given_name", "surname", "address_1", "suburb"):
        comparer.string(column, column, method="jarowinkler", threshold=0.85)
    for column in ("date_of_birth", "soc_sec_id", "postcode", "state"):
        comparer.exact(column, column)
    found = rl.ECMClassifier().fit_predict(comparer.compute(pairs, *frames))
    return {frozenset(pair) for pair in found}


def by_splink(frames: list[Any]) -> Pairs:
    """What Splink finds with at least 95 % probability, its weights estimated by itself."""
    splink = importlib.import_module("splink")
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = splink.DuckDBAPI()
    tables = [
        database.register(_plain(frame), dataset_display_name=f"file_{place}")
        for place, frame in enumerate(frames)
    ]
    linker = splink.Linker(tables, _settings(splink, len(tables)), log_level=logging.ERROR)
    training, blocked = linker.training, splink.block_on
    training.estimate_probability_two_random_records_match(
        [blocked("soc_sec_id"), blocked("given_name", "surname", "date_of_birth")], recall=0.9
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6)
    for column in ("date_of_birth", "postcode"):
        training.estimate_parameters_using_expectation_maximisation(blocked(column))
    found = linker.inference.predict(threshold_match_probability=SURE).as_pandas_dataframe()
    return {frozenset(pair) for pair in zip(found["rec_id_l"], found["rec_id_r"], strict=True)}


def _plain(frame: Any) -> Any:
    rows = frame.reset_index().astype(object)
    return rows.where(rows.notna() & (rows != ""), None)


def _settings(splink: Any, files: int) -> Any:
    compare = importlib.import_module("splink.comparison_library")
    return splink.SettingsCreator(
        link_type="dedupe_only" if files == 1 else "link_only",
        unique_id_column_name="rec_id",
        comparisons=[
            compare.NameComparison("given_name"),
            compare.NameComparison("surname"),
            compare.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            compare.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            compare.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            compare.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            compare.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            compare.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
        ],
        blocking_rules_to_generate_predictions=[splink.block_on(*columns) for columns in BLOCKS],
    )
