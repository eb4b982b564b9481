"""The segments that a company has written down, one YAML file each."""

from pathlib import Path

import yaml

from crm.segment.filters import BadFilter, Segment, read_segment


class SegmentThere(ValueError):
    """There is a segment of this name already."""


def read_segment_file(path: Path) -> Segment:
    """The segment in a file.

    Raises:
        BadFilter
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadFilter(f"{path} cannot be read: {problem.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadFilter(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    try:
        return read_segment(written)
    except BadFilter as problem:
        raise BadFilter(
            "\n".join(f"{path.name}: {line}" for line in str(problem).splitlines())
        ) from None


def read_segments(folder: Path) -> dict[str, Segment]:
    """All segments of a folder by name.

    Raises:
        BadFilter: a file cannot be understood, or two have one name.
    """
    found: dict[str, Segment] = {}
    for path in sorted(folder.glob("*.y*ml")):
        segment = read_segment_file(path)
        if segment.name in found:
            raise BadFilter(f"{path.name}: there is another segment named {segment.name}.")
        found[segment.name] = segment
    return found


def find_segment(folder: Path, name: str) -> Segment:
    """A segment by name, or by the path of its file.

    Raises:
        BadFilter: there is none.
    """
    if name.endswith((".yml", ".yaml")):
        return read_segment_file(Path(name))
    segments = read_segments(folder)
    if name not in segments:
        there = ", ".join(segments) or f"none yet in {folder}"
        raise BadFilter(f"There is no segment {name!r}; there are: {there}.")
    return segments[name]


def save_segment(folder: Path, segment: Segment) -> Path:
    """Write a segment into a file of its own.

    Raises:
        SegmentThere
        BadFilter: a file of the folder cannot be understood; it may have this name.
    """
    there = SegmentThere(f"There is a segment named {segment.name}; choose another name.")
    path = folder / f"{segment.name}.yml"
    if path.exists() or segment.name in read_segments(folder):
        raise there
    folder.mkdir(parents=True, exist_ok=True)
    written = segment.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:  # somebody else has kept one just now
        raise there from None
    return path
