"""Site maps (sitemaps.org): the pages they name, or the further maps."""

import gzip
import io
from dataclasses import dataclass
from xml.etree import ElementTree

from knowledge.readers.sections import ReadError

# As large as the protocol allows a map to be.
LARGEST = 50 * 1024 * 1024
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page, and when it last changed as the map writes it (empty where it does not say)."""

    url: str
    changed: str = ""


@dataclass(frozen=True, slots=True)
class SiteMap:
    """What one map names."""

    pages: tuple[SitePage, ...] = ()
    maps: tuple[str, ...] = ()


def read_sitemap(content: bytes, source: str) -> SiteMap:
    """The pages and maps of a site map, packed or not.

    Raises:
        ReadError: it is no site map.
    """
    text = _unpacked(content, source)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ReadError(source, 0, "a site map defines no entities; this is none.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without entities, and of bounded size
    except ElementTree.ParseError as error:
        raise ReadError(source, error.position[0], "this is not XML; is it a site map?") from None
    kind = _name(root)
    if kind not in ("urlset", "sitemapindex"):
        raise ReadError(source, 0, f"<{kind}> begins no site map; expected <urlset>.")
    entries = [_entry(child) for child in root]
    found = [one for one in entries if one.url]
    if kind == "sitemapindex":
        return SiteMap(maps=tuple(one.url for one in found))
    return SiteMap(pages=tuple(found))


def _entry(element: ElementTree.Element) -> SitePage:
    texts = {_name(child): (child.text or "").strip() for child in element}
    return SitePage(texts.get("loc", ""), texts.get("lastmod", ""))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _unpacked(content: bytes, source: str) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            text = packed.read(LARGEST + 1)
    except (OSError, EOFError):
        raise ReadError(source, 0, "it is packed, but cannot be unpacked.") from None
    if len(text) > LARGEST:
        raise ReadError(source, 0, "it is larger than a site map may be (50 MB).")
    return text
