"""What can be wrong with a source, said in one sentence."""


class SourceError(ValueError):
    """A source cannot be used."""


class BadMapping(SourceError):
    """A mapping says something that cannot be understood."""


class SourceAway(SourceError):
    """A source cannot be read now: no file, no connection, no permission."""


class UnknownSource(SourceError):
    """There is no source with this name."""
