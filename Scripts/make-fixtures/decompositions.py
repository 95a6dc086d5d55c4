"""Writes Sources/Tokenizers/CanonicalDecompositions+Table.swift from Python's Unicode data.

    python3 Scripts/make-fixtures/decompositions.py

Decompositions never change once given (Unicode's stability policy), so any Python from 3.8 on writes the same table:
the scalars that came after Unicode 12 are left out. Hangul syllables are computed, so they are left out too.
"""

import sys
import textwrap
import unicodedata
from pathlib import Path

YOUNGER = {0x11938, 0x105C9, 0x105E4, 0x11383, 0x11385, 0x1138E, 0x11391, 0x113C5, 0x113C7, 0x113C8,
           *range(0x16121, 0x16129), *range(0x16D68, 0x16D6B)}
entries = []
excluded = []
for value in range(0xC0, 0x110000):
    if 0xD800 <= value < 0xE000 or 0xAC00 <= value < 0xD7A4 or value in YOUNGER:
        continue
    parts = unicodedata.normalize("NFD", chr(value))
    if parts != chr(value):
        entries.append(f"{value:X}=" + "+".join(f"{ord(p):X}" for p in parts))
        if len(parts) > 1 and unicodedata.normalize("NFC", chr(value)) != chr(value):
            excluded.append(f"{value:X}")
assert len(entries) == 2060, (len(entries), unicodedata.unidata_version, sys.version)
wrapped = lambda words: textwrap.indent(
    "\n".join(textwrap.wrap(" ".join(words), 104, break_long_words=False, break_on_hyphens=False)), " " * 8)
out = Path(__file__).parents[2] / "Sources/Tokenizers/CanonicalDecompositions+Table.swift"
out.write_text(f'''// Written by Scripts/make-fixtures/decompositions.py; change that instead.

extension CanonicalDecompositions {{
    /// The {len(entries)} canonical decompositions of Unicode 12, taken apart to the end: `scalar=part+part…`, hexadecimal.
    static let table: StaticString = """
{wrapped(entries)}
        """

    /// The {len(excluded)} of them that are not put together again though they have several parts, hexadecimal.
    static let excluded: StaticString = """
{wrapped(excluded)}
        """
}}
''')
print(out, len(entries), "entries,", out.stat().st_size, "bytes")
