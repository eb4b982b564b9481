"""Addresses that a platform can reach from outside, and those that it cannot."""

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

LONGEST_URL = 2048
PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid")


def absolute(url: str, base: str) -> str:
    """An address as it is, or completed with the app's own."""
    try:
        return urljoin(base.rstrip("/") + "/", url) if url else ""
    except ValueError:
        return url


def is_public(url: str) -> bool:
    """Whether an address is http(s) on a host that the whole internet can name."""
    parts = _parts(url)
    if parts is None or parts.scheme.lower() not in ("http", "https"):
        return False
    return _is_public_host((parts.hostname or "").rstrip("."))


def _parts(url: str) -> SplitResult | None:
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return None if "@" in parts.netloc else parts


def _is_public_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    labels = host.split(".")
    if len(labels) < 2 or not all(map(_is_label, labels)) or labels[-1].isdigit():
        return False
    return not host.lower().endswith(PRIVATE_ENDINGS)


def _is_label(label: str) -> bool:
    return label.replace("-", "").replace("_", "").isalnum() and label.strip("-") == label
