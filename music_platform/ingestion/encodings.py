"""Text files in other encodings than UTF-8: those that can be read with certainty become UTF-8, the others are refused.

Every byte means something in Windows-1252, so a text counts as such only where it looks like a Western European one:
each of its letters occurs in those languages, and at a place where it can. Put a further encoding here.
"""

import codecs
import re

from music_platform.errors import InputError

_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LETTERS = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ"
_OTHERS = "€…‘’“”•–—™¡¢£¥§©ª«®°´·º»¿\xa0"
_STRANGE = re.compile(
    rf"[^\x00-\x7f{_LETTERS}{_OTHERS}]"  # no letter or sign of Western Europe
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rf"|[{_LETTERS}]{{3}}"  # Cyrillic, Greek and Asian words are nothing but such bytes
    r"|\w[¡¿]\w|[£¥¢ªº][^\W\d_]"  # a sign before a letter, within a word, is a letter of another code page
    rf"|(?<![A-Za-z{_LETTERS}])[{_LETTERS}]{{2}}(?![A-Za-z{_LETTERS}])"
    r"|õ(?![e\W])|ã(?![oe s\W]|n)",  # õ and ã stand for other letters in Hungarian and Romanian
)


def utf8(content: bytes, where: str) -> tuple[bytes, str]:
    """The content of a text file in UTF-8, and the name of the encoding it was in, empty for UTF-8.

    Args:
        content: the whole file.
        where: the file's name for a message.

    Raises:
        InputError: the encoding can't be told.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            try:
                return content.decode(encoding).encode(), "UTF-16"
            except UnicodeDecodeError:
                raise InputError(f"{where}: the file is broken UTF-16 text; save it as UTF-8") from None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    else:
        return content, ""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if not text or _STRANGE.search(text):
        raise InputError(
            f"{where}: the file is not UTF-8 (line {line:,}), and its encoding can't be told; "
            "save it as UTF-8, which spreadsheets call 'CSV UTF-8'"
        )
    return text.encode(), "Windows-1252"
