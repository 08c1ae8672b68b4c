"""Finds the licence of a font in the package that it comes from.

Debian's packages state it in their copyright files, TeX Live in a list of its packages, and npm's
in a file LICENSE beside the fonts. Fonts with a licence that this module does not know are left
out.
"""

from __future__ import annotations

import gzip
import json
import re
from fnmatch import fnmatch
from pathlib import Path

_NAMES = (  # the first pattern counts that matches the whole name of a licence in lower case
    (r"(sil[- _]?)?(ofl|open[- _]font[- _]license)?[-_ ,v]*(version )?1\.1.*(-rfn)?", "OFL-1.1"),
    (r"(sil[- _])?(ofl|open font license)", "OFL-1.1"),
    (r"(sil[- ]?)?ofl-1\.0", "OFL-1.0"),
    (r"apache-?2(\.0)?", "Apache-2.0"),
    (r"mit|expat", "MIT"),
    (r"bsd-?3(-clause)?", "BSD-3-Clause"),
    (r"bsd-?2(-clause)?", "BSD-2-Clause"),
    (r"bitstream-?vera(-copyright|-fonts)?", "Bitstream-Vera"),
    (r"pd|public[- ]domain", "LicenseRef-public-domain"),
    (r"cc0(-1\.0)?", "CC0-1.0"),
    (r"cc-by-3(\.0)?", "CC-BY-3.0"),
    (r"cc-by-4(\.0)?", "CC-BY-4.0"),
    (r"cc-by-sa-3(\.0)?", "CC-BY-SA-3.0"),
    (r"cc-by-sa-4(\.0)?(-int)?", "CC-BY-SA-4.0"),
    (r"unlicense", "Unlicense"),
    (r"isc", "ISC"),
    (r"(lppl[0-9.]*[ac]?)", "LPPL-1.0+"),
    (r"(gust-font-license|gfl|gfsl)", "LicenseRef-GUST-Font-License"),
    (r"agpl-3(\.0)?\+? with font exception", "AGPL-3.0 with font exception"),
    (r"gpl-?1\+?|gpl", "GPL-1.0+"),
    (r"gpl-?2(\.0)?(-only)?", "GPL-2.0-only"),
    (r"gpl-?2(\.0)?\+", "GPL-2.0+"),
    (r"(gnu-)?gpl-?3(\.0)?(-only)?", "GPL-3.0-only"),
    (r"gpl-?3(\.0)?\+", "GPL-3.0+"),
    (r"lgpl(-?[23](\.[01])?)?\+?", "LGPL"),
    (r"artistic2?", "Artistic"),
    (r"ipa-1", "IPA"),
    (r"paratype-free-font-license", "LicenseRef-ParaType"),
    (r"m\+ ?fonts?", "LicenseRef-M+"),
    (r"madduck-special-license", "LicenseRef-aenigma"),
)

_PHRASES = (  # in copyright files without fields, and in LICENSE files
    ("sil open font license", "OFL-1.1"),
    ("scripts.sil.org/ofl", "OFL-1.1"),
    ("openfontlicense.org", "OFL-1.1"),
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("ubuntu font licen", "Ubuntu-font-1.0"),
    ("gust font license", "LicenseRef-GUST-Font-License"),
    ("fonts are free for any use; they may be opened, edited", "LicenseRef-free-for-any-use"),
    ("common-licenses/gpl-2", "GPL-2.0"),
    ("common-licenses/gpl-3", "GPL-3.0"),
)


def spdx(name: str) -> str | None:
    """Return the usual name of a licence that allows redistribution, or None.

    Args:
        name: As a copyright file or TeX Live writes it. If there are several, joined by "or", "and"
            or "|", each must be known.

    Returns:
        An SPDX identifier, or "LicenseRef-" and a name if SPDX has none.
    """
    parts = re.split(r"\s+(or|and)\s+|\s*(\|)\s*", name.strip().lower())
    known: list[str] = []
    for part in parts:
        if part is None:
            continue
        if part in ("or", "and", "|"):
            known.append("and" if part == "and" else "or")
            continue
        found = _single(part)
        if found is None:
            return None
        known.append(found)
    return " ".join(known)


def debian(package: Path) -> str | None:
    """Return the licence that an unpacked Debian package states for its files, or None.

    This is the licence of the first group of files that is not Debian's own.
    """
    found = sorted(package.glob("usr/share/doc/*/copyright*"))
    if not found:
        return None
    text = _text(found[0])
    for stanza in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:\s*(\S+)", stanza, re.M)
        licence = re.search(r"^License:[ \t]*(\S.*)$", stanza, re.M | re.I)
        if files and licence and not files[1].startswith("debian"):
            return spdx(licence[1])
    return _phrase(text)


def npm(package: Path) -> str | None:
    """Return the licence that a package from npm states for its fonts, or None.

    The licence named in `package.json` may be that of the packaging only, so the text of `LICENSE`,
    which is the font's licence, must agree.
    """
    stated = json.loads(_text(package / "package.json")).get("license", "")
    text = package / "LICENSE"
    named = _phrase(_text(text)) if text.is_file() else None
    return named if named == spdx(str(stated)) else None


def tex_live(package: Path) -> dict[str, str]:
    """Return the known licences of TeX Live's Debian package, by patterns of paths within it."""
    (listed,) = package.glob("usr/share/doc/*/Licenses.gz")
    licences: dict[str, str] = {}
    licence: str | None = None
    for line in _text(listed).splitlines():
        head = re.fullmatch(r"([\w.+-]+): (.*)", line)
        if head:
            known = [spdx(name) for name in head[2].split()]
            licence = " and ".join(filter(None, known)) if known and all(known) else None
        elif licence and line.startswith("texmf-dist/fonts/"):
            licences[f"usr/share/texlive/{line.strip()}"] = licence
    return licences


def matching(path: str, licences: dict[str, str]) -> str | None:
    """Return the licence of the first pattern that matches a path, or None."""
    folder = path.rsplit("/", 1)[0]
    exact = licences.get(f"{folder}/*")
    return exact or next((name for form, name in licences.items() if fnmatch(path, form)), None)


def _single(name: str) -> str | None:
    if re.fullmatch(r"l?gpl.*(\+fe|exception)", name):
        plain = _single(re.sub(r"[ _-]*with.*$|\+fe$|\+fontexception$", "", name))
        return f"{plain} with font exception" if plain else None
    for pattern, spdx_name in _NAMES:
        if re.fullmatch(pattern, name):
            return spdx_name
    return None


def _phrase(text: str) -> str | None:
    low = " ".join(text.lower().split())
    return next((name for phrase, name in _PHRASES if phrase in low), None)


def _text(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("utf-8", "replace")
