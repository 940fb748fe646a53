"""Text whose UTF-8 was once read as Latin-1 or Windows-1252, and saved so: `nÃ£o` for `não`."""

import re

_LEADS = ("Ã", "Â", "â€", "Å", "Ä", "Ð")
_FOLLOWS = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_PAIR = re.compile(rf"[ÂÃÄÅÐÑ][{_FOLLOWS}]|â€|[a-zß-ÿ]Ã")
_BROKEN = re.compile(rf"\w*(?:[ÂÃ][{_FOLLOWS}]|â€|[a-zß-ÿ]Ã|\ufffd)\w*")


def repaired(text: str) -> str:
    """The text with each line decoded anew where that is certain. Other lines stay as they are."""
    if text.isascii() or not any(lead in text for lead in _LEADS) or not _PAIR.search(text):
        return text
    from ftfy import fix_encoding

    return "\n".join(fix_encoding(line) if _PAIR.search(line) else line for line in text.split("\n"))


def broken_words(text: str) -> list[str]:
    """The words of a text whose letters were lost, or that `repaired` can't decode for certain."""
    if text.isascii() or not ("\ufffd" in text or any(lead in text for lead in _LEADS)):
        return []
    return _BROKEN.findall(repaired(text))
