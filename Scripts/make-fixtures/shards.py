"""Tar files in the three formats that Python's tarfile writes, and what it reads back from them, for DatasetsTests.

usage: shards.py [OUTPUT FOLDER]      (needs Python alone)

Each holds five or six examples: names short, long (over 100 bytes) and very long (over 255 bytes), with letters beyond ASCII where
the format has them; captions as text and as JSON; members that are no examples. `shards.json` lists every member with the
place of its bytes as tarfile says it.
"""
import io
import json
import pathlib
import struct
import sys
import tarfile
import zlib


def png(width, height, depth, pixel):
    """An RGB picture of 8 or 16 bits a sample."""
    rows = b""
    for y in range(height):
        rows += b"\0"
        for x in range(width):
            rows += b"".join(struct.pack(">H" if depth == 16 else ">B", sample) for sample in pixel(x, y))
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def members(unicode, longest):
    """Names and contents, neighbours of one name first picture, then caption."""
    def square(red):
        return png(4, 4, 8, lambda x, y: (red, 16 * x, 16 * y))
    yield "000000.png", square(0)
    yield "000000.txt", b"a red square\n"
    yield "000001.json", json.dumps({"caption": "a blue square", "other": 1}).encode()
    yield "000001.png", square(40)
    deep = "/".join(["folder" * 3] * 7) + "/"
    yield deep + "000002.PNG", square(80)
    yield deep + "000002.txt", "a square — ünïcode".encode()
    if longest > 255:
        far = "/".join(["a very long name of a folder"] * 10) + "/"
        yield far + "000003.png", square(120)
        yield far + "000003.txt", b"far away"
    name = "bild-ä-画" if unicode else "bild"
    yield name + ".png", square(160)
    yield name + ".json", json.dumps({"text": "with text"}).encode()
    yield "000005.png", square(200)
    yield "000005.cls", b"7"
    yield "orphan.txt", b"a caption without a picture"
    yield "readme", b"no ending"


def write(path, kind, unicode, longest):
    with tarfile.open(path, "w", format=kind) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in members(unicode, longest):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        tar.addfile(link)
    with tarfile.open(path) as tar:
        return [{"name": m.name, "offset": m.offset_data, "size": m.size, "isFile": m.isfile()} for m in tar]


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                       pathlib.Path(__file__).parents[2] / "Tests/DatasetsTests/Fixtures")
    out.mkdir(parents=True, exist_ok=True)
    listings = {
        "ustar.tar": write(out / "ustar.tar", tarfile.USTAR_FORMAT, False, 0),
        "gnu.tar": write(out / "gnu.tar", tarfile.GNU_FORMAT, True, 300),
        "pax.tar": write(out / "pax.tar", tarfile.PAX_FORMAT, True, 300),
    }
    (out / "shards.json").write_text(json.dumps(listings, indent=1, ensure_ascii=False) + "\n")
    (out / "deep.png").write_bytes(png(8, 4, 16, lambda x, y: (x * 8192, 65535 - x * 8192, y * 16384)))


main()
