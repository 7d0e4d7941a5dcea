"""Bytes of a text file → text, with words for how they were read. Knows nothing of formats."""

import codecs
from pathlib import Path

#: The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
#: How files begin that are no text, though their name may say so.
_OTHER_KINDS = (
    (b"PK\x03\x04", "an Excel, Word or ZIP file"),
    (b"\x1f\x8b", "a compressed (gzip) file"),
    (b"%PDF", "a PDF file"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
)


def decode(path: Path, raw: bytes) -> tuple[str, str]:
    """The text of a file, and how it was read: "" for plain UTF-8, else a sentence.

    A mark at the start decides; without one it is UTF-8 if it can be, and else the alphabet of
    Western Windows (cp1252), which is what most other files are.

    Raises:
        ValueError: when it is no text, or in an alphabet that cannot be told.
    """
    for start, kind in _OTHER_KINDS:
        if raw.startswith(start):
            raise ValueError(
                f"{path.name} is not text but {kind}. Save the table as CSV in the program it "
                "comes from, or unpack it, and load that file."
            )
    for mark, codec, words in _MARKS:
        if raw.startswith(mark):
            return _marked(path, raw, codec, words), f"It was read as {words}."
    if b"\0" in raw:
        raise _unreadable(path, "it has zero bytes, which text does not have")
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return _windows(path, raw, raw.count(b"\n", 0, error.start) + 1)


def _marked(path: Path, raw: bytes, codec: str, words: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"it begins as {words} but byte {error.start} is not") from error


def _windows(path: Path, raw: bytes, line: int) -> tuple[str, str]:
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is neither UTF-8 nor Western Windows text (cp1252)"
        raise _unreadable(path, reason) from error
    return text, (
        f"It is not UTF-8 (line {line} is the first that shows it), so it was read as Western "
        "Windows text (cp1252). If letters look wrong, save the file as UTF-8 and load it again."
    )


def _unreadable(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path.name} cannot be read as text: {reason}. Open it in the program it comes from and "
        "save it as UTF-8."
    )
