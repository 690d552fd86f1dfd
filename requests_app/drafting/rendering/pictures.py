"""Pictures that people added as evidence, made fit for a page; runs in the render process, under its limits."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

# 40 megapixels: a screenshot of several screens has ten. Looked at before anything is decoded.
MOST_PIXELS = 40_000_000
# What a page of 170 mm shows at 200 dots an inch, and not more.
LONGEST_EDGE = 1400
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class PictureRefused(Exception):
    """A picture that is not drawn; says why."""


def shrunk(content: bytes) -> bytes:
    """Return the picture as a PNG without metadata, upright, its longer edge at most 1400 pixels.

    Of one that moves, the first frame is taken. Raises PictureRefused for one that is too large, or that is no PNG,
    JPEG, GIF or WebP.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureRefused("The picture has more than 40 megapixels.")
            return _png(picture)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureRefused("The picture cannot be read.") from error


def _png(picture: Image.Image) -> bytes:
    picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
    upright = ImageOps.exif_transpose(picture)
    opaque = Image.new("RGB", upright.size, "white")
    coloured = upright.convert("RGBA")
    opaque.paste(coloured, mask=coloured.getchannel("A"))  # PDF/A viewers differ about what shines through.
    opaque.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    opaque.save(out, "PNG")
    return out.getvalue()
