"""Benchmarks: each module has `run() -> list[Figure]`; `python -m tests.benchmarks` prints all."""
