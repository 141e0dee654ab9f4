from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from accounts.errors import FileTooLarge, InvalidImage
from accounts.services import pictures
from accounts.services.pictures import avatar_of
from config.common.errors import Busy
from tests.accounts.drawing import corners, encoded, moving, png_of, quarters

UPRIGHT = ["red", "green", "blue", "white"]
# What a camera writes, held this way or that (EXIF 2.3, orientation), and how it lay there.
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def chunks(webp: bytes) -> list[bytes]:
    """The names of the chunks of a WebP file."""
    names, at = [], 12
    while at < len(webp):
        names.append(webp[at : at + 4])
        size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        at += 8 + size + size % 2
    return names


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "MPO"])
def test_every_kind_comes_out_as_a_square_webp(form):
    made = Image.open(BytesIO(avatar_of(encoded(form=form))))

    assert (made.format, made.size) == ("WEBP", (512, 512))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (20, 10), (512, 512), (3000, 700)])
def test_every_size_comes_out_as_one(size):
    assert Image.open(BytesIO(avatar_of(encoded(quarters(*size))))).size == (512, 512)


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright(form, orientation):
    turn = TURNS[orientation]
    lying = quarters() if turn is None else quarters().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation

    assert corners(avatar_of(encoded(lying, form, exif=exif))) == UPRIGHT


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_an_orientation_that_cannot_be_read_is_none():
    data = encoded(form="JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff")

    assert corners(avatar_of(data)) == UPRIGHT


@pytest.mark.parametrize("size", [(1600, 600), (600, 1600)])
def test_the_middle_is_kept(size):
    picture = Image.new("RGB", size, "white")
    picture.paste(quarters(600, 600), ((size[0] - 600) // 2, (size[1] - 600) // 2))

    assert corners(avatar_of(encoded(picture))) == UPRIGHT


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_way_to_keep_colours_is_read(mode):
    picture = quarters(mode="RGBA" if mode == "LA" else "L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = picture.convert("I").point(lambda grey: grey * 257).convert("I;16")
    made = Image.open(BytesIO(avatar_of(encoded(picture.convert(mode)))))

    light, dark = made.convert("L").getpixel((480, 480)), made.convert("L").getpixel((40, 40))
    assert light > 200
    assert dark < 130


def test_colours_of_print_are_read():
    assert corners(avatar_of(encoded(quarters(mode="CMYK"), "JPEG"))) == UPRIGHT


def test_what_can_be_seen_through_stays_so():
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))

    made = Image.open(BytesIO(avatar_of(encoded(picture))))

    assert made.convert("RGBA").getpixel((256, 256))[3] == 0


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_came_with_the_picture_is_kept(form):
    exif = Image.Exif()
    exif[0x010F] = "CANARY-maker"
    exif.get_ifd(0x8825)[1] = "N"
    options = {
        "exif": exif,
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "xmp": b"<x:xmpmeta>CANARY-xmp</x:xmpmeta>",
    }
    if form == "PNG":
        del options["xmp"]
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", "CANARY-xmp", zip=False)
        options["pnginfo"].add_text("Comment", "CANARY-comment")
    data = encoded(quarters(mode="RGBA" if form != "JPEG" else "RGB"), form, **options)
    assert b"CANARY" in data

    made = avatar_of(data)

    assert b"CANARY" not in made
    assert set(chunks(made)) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


@pytest.mark.parametrize("form", ["WEBP", "PNG"])
def test_a_moving_picture_is_refused(form):
    with pytest.raises(InvalidImage):
        avatar_of(moving(form))


def test_of_a_moving_gif_the_first_frame_is_taken():
    made = Image.open(BytesIO(avatar_of(moving("GIF"))))

    assert (made.format, made.size) == ("WEBP", (512, 512))
    assert not made.is_animated


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PDF", "EPS"])
def test_other_kinds_are_refused(form):
    with pytest.raises(InvalidImage):
        avatar_of(encoded(quarters(90, 60), form))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(InvalidImage):
        avatar_of(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_half_a_picture_is_refused(form):
    data = encoded(Image.effect_noise((300, 300), 90).convert("RGB"), form)

    with pytest.raises(InvalidImage):
        avatar_of(data[: len(data) // 2])


def test_two_megabytes_are_read_and_one_byte_more_is_too_large():
    data = encoded()

    avatar_of(data + bytes(2 * 1024 * 1024 - len(data)))
    with pytest.raises(FileTooLarge):
        avatar_of(data + bytes(2 * 1024 * 1024 - len(data) + 1))


def test_forty_megapixels_are_read():
    assert avatar_of(encoded(Image.new("L", (8000, 5000)), "JPEG", quality=10))


@pytest.fixture
def decoded(monkeypatch):
    """What was decoded instead of being refused."""
    seen = []
    monkeypatch.setattr(pictures, "_square", seen.append)
    return seen


@pytest.mark.parametrize("size", [(8000, 5001), (9500, 9500), (65_535, 65_535), (2**31 - 1, 9)])
def test_more_pixels_are_refused_by_the_header_alone(decoded, size):
    with pytest.raises(InvalidImage):
        avatar_of(png_of(*size))

    assert decoded == []


def test_a_webp_that_claims_a_huge_canvas_is_refused_by_its_header(decoded):
    small = encoded(quarters(mode="RGBA"), "WEBP", exif=Image.Exif())
    at = small.index(b"VP8X") + 12
    huge = small[:at] + struct.pack("<I", 16_383)[:3] * 2 + small[at + 6 :]

    with pytest.raises(InvalidImage):
        avatar_of(huge)

    assert decoded == []


def test_a_gif_whose_frame_is_larger_than_itself_is_refused_by_its_header(decoded):
    small = encoded(quarters(mode="P"), "GIF")
    frame = small.index(b",\x00\x00\x00\x00") + 5
    huge = small[:frame] + struct.pack("<HH", 60_000, 60_000) + small[frame + 4 :]

    with pytest.raises(InvalidImage):
        avatar_of(huge)

    assert decoded == []


def test_a_jpeg_of_a_thousand_scans_is_refused_before_it_is_decoded(decoded):
    data = encoded(form="JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]

    with pytest.raises(InvalidImage):
        avatar_of(data[:-2] + last * 1000 + data[-2:])

    assert decoded == []


def test_a_progressive_jpeg_as_programs_write_it_is_read():
    assert corners(avatar_of(encoded(form="JPEG", progressive=True))) == UPRIGHT


def test_one_picture_is_decoded_at_a_time(monkeypatch):
    monkeypatch.setattr(pictures, "PATIENCE", 0.01)

    with pictures._one_at_a_time, pytest.raises(Busy):
        avatar_of(encoded())


def test_the_next_one_has_its_turn_after_a_broken_one():
    with pytest.raises(InvalidImage):
        avatar_of(b"no picture")

    assert avatar_of(encoded())
