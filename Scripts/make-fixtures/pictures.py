"""Makes the JPEG fixtures of ImagesTests that Darkroom's own encoder cannot make. Needs pillow==13.0.0.

Run from the root of the package: python3 Scripts/make-fixtures/pictures.py
"""

from pathlib import Path

from PIL import Image

folder = Path("Tests/ImagesTests/Fixtures")
folder.mkdir(parents=True, exist_ok=True)

# Four flat blocks of ink: cyan, magenta, yellow with half black, none.
inks = {(0, 0): (255, 0, 0, 0), (16, 0): (0, 255, 0, 0), (0, 16): (0, 0, 255, 128), (16, 16): (0, 0, 0, 0)}
cmyk = Image.new("CMYK", (32, 32))
for (x, y), ink in inks.items():
    cmyk.paste(ink, (x, y, x + 16, y + 16))
cmyk.save(folder / "cmyk.jpg", quality=95, subsampling=0)

# A gradient whose scans come one after the other.
gradient = Image.new("RGB", (40, 24))
for y in range(24):
    for x in range(40):
        gradient.putpixel((x, y), (x * 6, y * 10, 255 - x * 6))
gradient.save(folder / "progressive.jpg", quality=90, progressive=True)
