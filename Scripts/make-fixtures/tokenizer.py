"""Asks Hugging Face's tokenizer what TokenizersTests then expects of ours.

    pip install tokenizers==0.23.3
    python3 Scripts/make-fixtures/tokenizer.py

The tokenizer is the one that bootstrap brought with the word vectors; another can be named behind the command.

Three kinds of text: chosen ones, kept with their ids; texts drawn by a recipe that the test repeats (SplitMix64 over
the alphabets below), kept as hashes; and every Unicode scalar between two letters, kept as one hash a block of 256.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer

SEED, DRAWN = 20251121, 20_000
# A list of alphabets; an alphabet is a list of ranges of scalars. "pieces" stands for a piece of the vocabulary.
ALPHABETS = [
    "pieces", "pieces", "pieces", "pieces",
    [[0x61, 0x7A]], [[0x61, 0x7A]], [[0x41, 0x5A]], [[0x20, 0x7E]], [[0x20, 0x20]], [[0x20, 0x20]],
    [[0x30, 0x39]], [[0x00, 0x1F], [0x7F, 0x9F]],
    [[0xA0, 0xFF]], [[0x100, 0x24F]], [[0x300, 0x36F]], [[0x370, 0x3FF]], [[0x400, 0x52F]], [[0x590, 0x6FF]],
    [[0x900, 0xDFF]], [[0xE00, 0xEFF]], [[0xF00, 0x109F]], [[0x1100, 0x11FF], [0xA960, 0xA97F]],
    [[0x1700, 0x1AFF]], [[0x1E00, 0x1FFF]], [[0x2000, 0x206F]], [[0x2070, 0x2BFF]], [[0x3000, 0x30FF]],
    [[0x4E00, 0x9FFF]], [[0x3400, 0x4DBF], [0x20000, 0x2FA1F]], [[0xAC00, 0xD7A3]], [[0xE000, 0xF8FF]],
    [[0xF900, 0xFFFF]], [[0x10000, 0x11FFF]], [[0x1D000, 0x1E94F]], [[0x1F000, 0x1FAFF]],
    [[0x200B, 0x200F], [0xFE00, 0xFE0F], [0x1F3FB, 0x1F3FF], [0x1F466, 0x1F469]],
    [[0xE0000, 0xE01FF]], [[0xF0000, 0x10FFFF]], [[0x30000, 0xDFFFF]],
]
# The blocks of 256 scalars that are tried one by one: all that have characters, and some that have none.
BLOCKS = [b for b in range(0x1100) if b not in range(0xD8, 0xE0) and (b < 0x350 or 0xE00 <= b < 0xE10 or b % 64 == 63)]

CHOSEN = """
a red cube left of a blue sphere
A photo of an ASTRONAUT riding a horse, in the style of Hokusai!
king - man + woman
[king - man + woman]
bookshelves in a library; a bonfire at night (f/2.8, 35mm)
"quotes" ‘single’ “double” «guillemets» — dash – en … ellipsis
don't can't it's we'll I'm they've
naïve café résumé Ångström Zürich façade piñata São Paulo Øresund Łódź Ærø
e\u0301 versus é, A\u030a versus Å, o\u0308\u0304 o\u0304\u0308 q\u0307\u0323 q\u0323\u0307
İstanbul ISTANBUL ıstanbul STRASSE straße ẞ ΑΣ ας Σ ǅ ﬁ ﬀ Ǆ
😀 👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇯🇵🇫🇷 ❤️ ☃ ©®™
日本語のテキスト 中文字符混合English文字 東京タワー ｶﾀｶﾅ ﾊﾟ ガ が
한국어 텍스트 각 ᄒ
مرحبا بالعالم السَّلامُ עִבְרִית שלום
สวัสดีชาวโลก ภาษาไทย नमस्ते दुनिया বাংলা தமிழ் ಕನ್ನಡ ខ្មែរ བོད་ མྱན်မာ
Привет, мир! Ёлка йод Ґанок Ελληνικά ἀρχή Հայերեն ქართული ᏣᎳᎩ
x²+y²=z² ½ ℃ №5 ⅷ ∑∫√ → ⇒ ≠ ≤ 1e-3 3.14159 1,000,000
http://example.org/a?b=c&d=e#f user@example.org C:\\temp\\x
[CLS] a [SEP] b [MASK] [PAD] [UNK] [cls] [SEP [[SEP]] [SEP]x[SEP]
##ing ## # ing##ing
_under_score_ snake_case kebab-case CamelCase a/b|c~d`e^f
\u00ad soft\u00adhyphen zero\u200bwidth\u200d\u200cjoin \ufeffbom \u2060 \ufffd \ufffe \uffff
\u00a0nbsp\u2003em\u3000wide\u1680ogham\u2028line\u2029par\u0085nel\u000bvt\u000cff
""".strip("\n").split("\n") + [
    "", " ", "\t\n\r ", "\0", "\x00a\x00b\x1fc\x7f\x9f", "\n", "a\r\nb\rc\nd", "a\tb\u000bc\u000cd\u001ce",
    "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "字" * 101, "각" * 34,
    "각" * 33, "x" + "\u0301" * 300, "\u0301" * 50, "z\u0301\u0327" * 40, "ß" * 100, "İ" * 100, "😀" * 101,
    "unaffable " * 5, "supercalifragilisticexpialidocious antidisestablishmentarianism", ".,!?;:'\"()[]{}<>",
    "。、！？「」『』・…〜", "\u0344\u0345\u1fbe\u037e\u1fef\u212a\u2126\u212b", "\ud7a3\uac00\u1100\u1161\u11a8",
    "\U0001d15e\U0001d1bc\U000e0041\U000e007f\U0010fffd", "\u1885\u1886\ua9bd\u1734\U0001171e\u166d\U000111c9",
]
LONG = [
    "a", "a ", "ab", "é", "e\u0301", "\u0301", "\u0301\u0327\u0316", "字", "각", "😀", "👩‍👩‍👧 ", "a.", ".", "\u200b", "\0", "[SEP]", "[",
    "the quick brown fox jumps over the lazy dog, ", "Überraschung! ", "\U0001e944\U0001e945",
]


class Numbers:
    """SplitMix64, as in the test."""

    def __init__(self, state):
        self.state = state

    def next(self):
        m = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & m
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & m
        z = (z ^ z >> 27) * 0x94D049BB133111EB & m
        return z ^ z >> 31

    def below(self, count):
        return self.next() % count


def drawn(numbers, pieces):
    text = ""
    for _ in range(numbers.below(50)):
        alphabet = ALPHABETS[numbers.below(len(ALPHABETS))]
        if alphabet == "pieces":
            text += pieces[numbers.below(len(pieces))]
            continue
        low, high = alphabet[numbers.below(len(alphabet))]
        text += chr(low + numbers.below(high - low + 1))
    return text


def fnv(ids, value=0xCBF29CE484222325):
    """FNV-1a, 64 bits, over the ids as 32-bit little-endian numbers and one end mark."""
    for id in list(ids) + [0xFFFFFFFF]:
        for byte in id.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def main(path):
    raw = Path(path).read_bytes()
    tokenizer = Tokenizer.from_str(raw.decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    vocabulary = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    pieces = [p[2:] if p.startswith("##") and len(p) > 2 else p for p in vocabulary]

    numbers = Numbers(SEED)
    hashes = [fnv(encode(drawn(numbers, pieces))) for _ in range(DRAWN)]
    blocks = []
    for block in BLOCKS:
        value = 0xCBF29CE484222325
        for scalar in range(block * 256, block * 256 + 256):
            value = fnv(encode(f"a{chr(scalar)}b {chr(scalar)}\u0301\u05b0"), value)
        blocks.append([block, f"{value:016x}"])
    decoded = [[ids, tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=False)]
               for ids in (encode(text) for text in CHOSEN) if ids and vocabulary[ids[0]][:2] != "##"]
    out = Path(__file__).parents[2] / "Tests/TokenizersTests/Fixtures/tokenizer.json"
    out.write_text(json.dumps({
        "about": {
            "made by": f"tokenizers {version('tokenizers')}",
            "tokenizer.json sha256": hashlib.sha256(raw).hexdigest(),
        },
        "chosen": [[text, encode(text)] for text in CHOSEN],
        "long": [[text, f"{fnv(encode((text * 10000)[:10000])):016x}"] for text in LONG],
        "decoded": decoded,
        "seed": SEED,
        "alphabets": [[] if a == "pieces" else a for a in ALPHABETS],
        "drawn": "".join(f"{h:016x}" for h in hashes),
        "blocks": blocks,
    }, separators=(",", ":")) + "\n")
    print(out, out.stat().st_size, "bytes;", sum(h == fnv([]) for h in hashes), "empty;", len(blocks), "blocks")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2] / ".deps/minilm/tokenizer.json")
