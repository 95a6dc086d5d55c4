"""Asks transformers' CLIPTokenizer what TokenizersTests then expects of ours.

    pip install transformers==5.23.0
    python3 Scripts/make-fixtures/clip_tokenizer.py

The merges are those in Models/vocabularies; the vocabulary is made from them as OpenAI's program makes it. The settings
are those that the folders `tokenizer` of published models have.

As in tokenizer.py there are three kinds of text: chosen ones, kept with their ids; texts drawn by a recipe that the test
repeats, kept as hashes; and every Unicode scalar between two letters, kept as one hash a block of 256.
"""

import json
import os
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

import tokenizer as wordpiece
from tokenizer import BLOCKS, Numbers, fnv

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is to be asked of a hub
from transformers import CLIPTokenizer

ROOT = Path(__file__).parents[2]
MERGES = ROOT / "Models/vocabularies/clip-merges.txt"
SEED, DRAWN, DRAWN_EACH = 20251123, 20_000, 1_000
SNIPPETS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'", "''", "<|endoftext|>", "<|startoftext|>",
            "<|EndOfText|>", "<|", "|>", "!", "!!", "!!!", "&amp;", "&#39;", "&lt;br&gt;", "</w>", ", ", ". ", " - ", "\n",
            "\r\n", "\t", "\u00a0", "\u3000", "<cat>", "<Cat>_1", "Bad-Hands", "_", "...", "1girl", "8k", "16:9", "(a:1.2)"]
# As in tokenizer.py; "snippets" stands for one of the above.
ALPHABETS = ["snippets"] * 5 + wordpiece.ALPHABETS

CHOSEN = wordpiece.CHOSEN + """
a photo of an astronaut riding a horse on mars
masterpiece, best quality, 1girl, (solo:1.2), [blurry], 8k uhd, dslr, soft lighting, high quality, film grain, Fujifilm XT3
don't can't it's we'll I'm they've he'd DON'T IT'S '' it''s rock'n'roll 'tis o'clock 's 'd'd'd
it’s can’t “quoted” ‘single’
<|startoftext|>a cat<|endoftext|> <|STARTOFTEXT|>a<|EndOfText|> <|endoftext| <|endoftext|>|> <<|endoftext|>
&amp; &lt;b&gt; &#39; &nbsp;x &amp;amp; &notanentity; AT&T
wow! wow!! wow!!! ! a!b !!</w> </w>
0 1 12 123 1234567890 3.14159 ½ ² ⅷ ٣ 一二三 x2 2x h2o
mojibake: sÃ£o Ã© â€™ Â£
\u1e9b\u0323 \u0344 \u212b \u2126 \ufb01 \u01c4 \u0130 \u1e9e \u03a3\u03a3 \u0345 a\u0345
\u0915\u093c \u0958 \u1100\u1161\u11a8 \uac00\u11a8 \U0001d15e \U00011935\U00011930 \U0001611e\U0001611e
<cat> <Cat> <CAT>s a<cat>b <cat>_1 <cat>_1x <cat><cat> <ca t>
bad-hands Bad-Hands xbad-hands bad-hands2 bad-hands_ "bad-hands" bad-hands\u0301 é-bad-hands-é
my style MY  STYLE my\tstyle mystyle my style. my styles
""".strip("\n").split("\n") + [
    "!", "'", "'S", "\u00a0!\u3000!", "<|endoftext|>", "a" * 76, "a " * 80, "," * 100, "1" * 100, "é" * 80,
]
LONG = wordpiece.LONG + ["'s", "don't ", "!", "1", "<|endoftext|>", "<|", "supercalifragilistic", "aaaaaaaab", "\u3000", "ß"]

TOKEN = {"lstrip": False, "rstrip": False, "single_word": False}
START, END = "<|startoftext|>", "<|endoftext|>"
PLAIN = {START: {"content": START, "normalized": True, **TOKEN}, END: {"content": END, "normalized": True, **TOKEN}}
TYPED = {name: {"__type": "AddedToken", **token} for name, token in PLAIN.items()}
CONFIGURATION = {"add_prefix_space": False, "bos_token": TYPED[START], "do_lower_case": True, "eos_token": TYPED[END],
                 "errors": "replace", "model_max_length": 77, "tokenizer_class": "CLIPTokenizer", "unk_token": TYPED[END]}
SPECIALS = {"bos_token": PLAIN[START], "eos_token": PLAIN[END], "unk_token": PLAIN[END]}


def listed(padding, **more):
    """A configuration that lists its added tokens, as newer ones do."""
    tokens = {"49406": {**PLAIN[START], "special": True}, "49407": {**PLAIN[END], "normalized": False, "special": True}}
    if padding == "!":
        tokens["0"] = {"content": "!", "normalized": False, "special": True, **TOKEN}
    return {"added_tokens_decoder": tokens, "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": padding,
            "clean_up_tokenization_spaces": True, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer", **more}


# Name → the files beside the vocabulary.
VARIANTS = {
    "Stable Diffusion 1": {"tokenizer_config.json": {**CONFIGURATION, "pad_token": END},
                           "special_tokens_map.json": {**SPECIALS, "pad_token": END}},
    "Stable Diffusion 2": {"tokenizer_config.json": CONFIGURATION,
                           "special_tokens_map.json": {**SPECIALS, "pad_token": "!"}},
    "XL, first": {"tokenizer_config.json": listed(END), "special_tokens_map.json": {**SPECIALS, "pad_token": END}},
    "XL, second": {"tokenizer_config.json": listed("!"), "special_tokens_map.json": {**SPECIALS, "pad_token": "!"}},
    "none": {},
    "no length": {"tokenizer_config.json": {"model_max_length": 10**30, "pad_token": None, "extra": [{"a": [1, {}]}]}},
    "added": {"tokenizer_config.json": {**CONFIGURATION, "pad_token": END, "model_max_length": 20},
              "special_tokens_map.json": {"additional_special_tokens": ["Bad-Hands", {"__type": "AddedToken",
                                          "content": "my style", "lstrip": True, "rstrip": True, "normalized": True, "single_word": True}]},
              "added_tokens.json": {"<cat>": 49408, "<cat>_1": 49409, "8k": 49410}},
    "whole words": {"tokenizer_config.json": {**listed("!"), "added_tokens_decoder": {
        "0": {"content": "!", "normalized": False, "special": True, **TOKEN},
        "49408": {"content": "bad-hands", "normalized": True, "special": False, **TOKEN, "single_word": True},
        "49409": {"content": "<cat>", "normalized": False, "special": False, **TOKEN},
        "49410": {"content": "My Style", "normalized": True, "special": False, **TOKEN},
        "49412": {"content": "\u00c9-", "normalized": True, "special": False, **TOKEN}}}},
}


def vocabulary():
    """Tokens in the order of their ids, as clip/simple_tokenizer.py of OpenAI's CLIP makes them."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    characters = [chr(byte) for byte in visible] + [chr(256 + place) for place in range(len(hidden))]
    merges = MERGES.read_text(encoding="utf-8").split("\n")[1:]
    assert merges.pop() == "" and len(merges) == 48894
    return characters + [c + "</w>" for c in characters] + [m.replace(" ", "") for m in merges] + [START, END]


def drawn(numbers, pieces):
    text = ""
    for _ in range(numbers.below(40)):
        alphabet = ALPHABETS[numbers.below(len(ALPHABETS))]
        if alphabet == "pieces":
            text += pieces[numbers.below(len(pieces))]
        elif alphabet == "snippets":
            text += SNIPPETS[numbers.below(len(SNIPPETS))]
        else:
            low, high = alphabet[numbers.below(len(alphabet))]
            text += chr(low + numbers.below(high - low + 1))
    return text


def main():
    tokens = vocabulary()
    pieces = [t.replace("</w>", " ") for t in tokens if re.fullmatch("[a-z]+(</w>)?", t)]
    assert len(tokens) == len(set(tokens)) == 49408 and len(pieces) > 40_000
    variants = []
    made = {}
    for name, files in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}))
            Path(folder, "merges.txt").write_bytes(MERGES.read_bytes())
            for file, value in files.items():
                Path(folder, file).write_text(json.dumps(value))
            made[name] = CLIPTokenizer.from_pretrained(folder)
            # What transformers 5 itself writes has one file for vocabulary, merges and added tokens.
            made[name].save_pretrained(folder + "/saved")
            saved = json.loads(Path(folder, "saved/tokenizer_config.json").read_text())
            listed = json.loads(Path(folder, "saved/tokenizer.json").read_text())["added_tokens"]
            again = CLIPTokenizer.from_pretrained(folder + "/saved")
        ask = lambda text: made[name](text, add_special_tokens=False).input_ids
        length = made[name].model_max_length if made[name].model_max_length < 1000 else 77
        pad = made[name].pad_token_id is not None
        numbers = Numbers(SEED + 1)
        value, value_again = [0xCBF29CE484222325] * 2
        for text in CHOSEN + [drawn(numbers, pieces) for _ in range(DRAWN_EACH)]:
            value = fnv(ask(text), value)
            value_again = fnv(again(text, add_special_tokens=False).input_ids, value_again)
        assert value == value_again, name
        variants.append({
            "name": name, "files": {file: json.dumps(value) for file, value in files.items()},
            "saved": {"tokenizer_config.json": json.dumps(saved), "added": json.dumps(listed)},
            "ids": [made[name].bos_token_id, made[name].eos_token_id, made[name].pad_token_id],
            "added": [[token, id] for token, id in sorted(made[name].get_added_vocab().items(), key=lambda i: i[1])],
            "length": length, "chosen": [ask(text) for text in CHOSEN[-30:]], "hash": f"{value:016x}",
            "padded": [f"{fnv(made[name](text, padding='max_length', max_length=length, truncation=True).input_ids):016x}"
                       for text in CHOSEN] if pad else [],
        })
    tokenizer = made["Stable Diffusion 1"]
    encode = lambda text: tokenizer(text, add_special_tokens=False).input_ids
    numbers = Numbers(SEED)
    hashes = [fnv(encode(drawn(numbers, pieces))) for _ in range(DRAWN)]
    blocks = []
    for block in BLOCKS:
        value = 0xCBF29CE484222325
        for scalar in range(block * 256, block * 256 + 256):
            value = fnv(encode(f"a{chr(scalar)}b {chr(scalar)}\u0301\u05b0"), value)
        blocks.append([block, f"{value:016x}"])
    out = ROOT / "Tests/TokenizersTests/Fixtures/clip.json"
    out.write_text(json.dumps({
        "about": {"made by": f"transformers {version('transformers')}, tokenizers {version('tokenizers')}"},
        "vocabulary": f"{fnv(chr(10).join(tokens).encode()):016x}",
        "chosen": [[text, encode(text)] for text in CHOSEN],
        "long": [[text, f"{fnv(encode((text * 10000)[:10000])):016x}"] for text in LONG],
        "decoded": [[ids, tokenizer.decode(ids, skip_special_tokens=True), tokenizer.decode(ids)]
                    for ids in (tokenizer(text).input_ids for text in CHOSEN)],
        "seed": SEED,
        "snippets": SNIPPETS,
        "alphabets": [None if a == "snippets" else [] if a == "pieces" else a for a in ALPHABETS],
        "drawn": "".join(f"{h >> 32:08x}" for h in hashes),
        "drawnEach": DRAWN_EACH,
        "blocks": blocks,
        "variants": variants,
    }, separators=(",", ":")) + "\n")
    print(out, out.stat().st_size, "bytes;", sum(h == fnv([]) for h in hashes), "empty;", len(blocks), "blocks")


if __name__ == "__main__":
    main()
