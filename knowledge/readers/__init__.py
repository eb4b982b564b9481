"""Readers: a file or a folder becomes a list of documents, or one clear error."""

from knowledge.readers.files import SUFFIXES, read_folder, read_path
from knowledge.readers.sections import ReadError

__all__ = ["SUFFIXES", "ReadError", "read_folder", "read_path"]
