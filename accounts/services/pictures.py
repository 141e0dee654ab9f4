"""Any picture in, one kind of picture out. Nothing of what came in is kept but what it shows."""

from __future__ import annotations

import logging
from contextlib import suppress
from io import BytesIO
from threading import BoundedSemaphore
from typing import Final

from PIL import Image, ImageOps

from accounts.errors import FileTooLarge, InvalidImage
from config.common.errors import Busy

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
SIDE: Final = 512  # of the square that comes out, in pixels
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY: Final = 85
# Each scan of a progressive JPEG goes over the whole picture; usual are ten, a bomb has thousands.
MAX_SCANS: Final = 64
_SCAN: Final = b"\xff\xda"
# 40 megapixels take up to half a gigabyte while they are decoded: one at a time.
_one_at_a_time = BoundedSemaphore(1)
PATIENCE: Final = 10.0  # seconds to wait for one's turn


def avatar_of(data: bytes) -> bytes:
    """The middle of the picture: upright, square, 512 pixels, WebP, without metadata.

    JPEG, PNG, WebP or GIF by content; of a GIF that moves the first frame, the only one that is
    looked at; other moving ones are none. Raises FileTooLarge, InvalidImage,
    Busy. Takes up to a second of CPU: not to be called in a transaction.
    """
    if len(data) > MAX_BYTES:
        raise FileTooLarge
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise Busy(retry_after=5)
    try:
        return _encoded(_square(_opened(data)))
    except InvalidImage:
        raise
    except Exception as error:
        # Decoders raise whatever they stumble over.
        logger.info("A picture could not be read: %s", type(error).__name__)
        raise InvalidImage from error
    finally:
        _one_at_a_time.release()


def _opened(data: bytes) -> Image.Image:
    """What its header tells, before anything is decoded. Raises InvalidImage, and what Pillow does.

    Pillow itself warns of more than 89 megapixels and raises from 179 on.
    """
    picture = Image.open(BytesIO(data), formats=FORMATS)
    width, height = picture.size
    if not 0 < width * height <= MAX_PIXELS:
        raise InvalidImage
    if picture.format in {"JPEG", "MPO"}:
        # Several pictures in one (MPO) are what telephones write: the first is the photograph.
        if data.count(_SCAN) > MAX_SCANS:
            raise InvalidImage
        # Decodes to a half, a quarter or an eighth where that still is enough.
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
    elif picture.format != "GIF" and getattr(picture, "is_animated", False):
        raise InvalidImage
    return picture


def _square(picture: Image.Image) -> Image.Image:
    picture.load()
    if picture.mode.startswith("I"):
        # 16 bits of grey, which Pillow would cut off at 255.
        picture = picture.point(lambda grey: grey / 256).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode != mode:
        picture = picture.convert(mode)
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    square = picture.resize(
        (SIDE, SIDE),
        Image.Resampling.LANCZOS,
        box=(left, top, left + side, top + side),
        reducing_gap=3.0,
    )
    # The middle is the middle whichever way is up, and turning little is quick. An orientation
    # that cannot be read is none.
    with suppress(Exception):
        ImageOps.exif_transpose(square, in_place=True)
    return square


def _encoded(square: Image.Image) -> bytes:
    out = BytesIO()
    # Named one by one: nothing is taken over from what came in.
    square.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()
