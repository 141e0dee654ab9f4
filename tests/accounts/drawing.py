"""Pictures to upload."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 160, 20), (20, 20, 220), (250, 250, 250)


def quarters(width: int = 800, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Red and green above, blue and white below: every turn and flip of it is another picture."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    middle = (width // 2, height // 2)
    draw.rectangle((middle[0], 0, width, middle[1]), fill=GREEN)
    draw.rectangle((0, middle[1], middle[0], height), fill=BLUE)
    draw.rectangle((*middle, width, height), fill=WHITE)
    return picture.convert(mode)


def encoded(picture: Image.Image | None = None, form: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    (picture or quarters()).save(file, form, **options)
    return file.getvalue()


def moving(form: str) -> bytes:
    """Three frames."""
    frames = [Image.effect_noise((64, 64), 20 + 30 * number).convert("RGB") for number in range(3)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims to be so large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def corners(data: bytes) -> list[str]:
    """What stands in the corners, by the nearest colour: upper left and right, lower both."""
    picture = Image.open(BytesIO(data)).convert("RGB")
    last = picture.width - 40
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    found = [picture.getpixel(at) for at in ((40, 40), (last, 40), (40, last), (last, last))]
    return [
        min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], seen, strict=True)))
        for seen in found
    ]
