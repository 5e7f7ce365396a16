"""What language a prompt is in: what its author says, checked against the script it is written in. Pure.

No statistics are behind it: letters tell a script, and a script tells a language only where it writes one. German
typed while English is offered stays English until its author says otherwise; Arabic does not, and becomes "und-Arab",
an unknown language in Arabic script, where Arabic, Persian and Urdu look alike. Whoever reads the data is told which of
the three it was: a prompt set's tag, the author's word, or this (`Turn.language_from`).
"""

import re
from collections import Counter
from functools import cache, lru_cache
from unicodedata import name

from django.conf.locale import LANG_INFO
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)  # BCP 47, as far as languages, scripts, regions go
LONGEST = 35  # characters of a tag
UNKNOWN = "und"
SEEN = 2000  # characters that are looked at; more would say the same

SCRIPTS = {
    **{"LATIN": "Latn", "CYRILLIC": "Cyrl", "ARABIC": "Arab", "HEBREW": "Hebr", "DEVANAGARI": "Deva"},
    **{"BENGALI": "Beng", "ETHIOPIC": "Ethi", "GREEK": "Grek", "ARMENIAN": "Armn", "GEORGIAN": "Geor", "THAI": "Thai"},
    **{"LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda"},
    **{"MALAYALAM": "Mlym", "GUJARATI": "Gujr", "GURMUKHI": "Guru", "SINHALA": "Sinh", "ORIYA": "Orya"},
    **{"HANGUL": "Kore", "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "CJK": "Hani"},
}
"""How Unicode names a letter → ISO 15924."""
ALONE = {
    **{"Grek": "el", "Armn": "hy", "Geor": "ka", "Thai": "th", "Laoo": "lo", "Khmr": "km", "Taml": "ta", "Telu": "te"},
    **{"Knda": "kn", "Mlym": "ml", "Gujr": "gu", "Guru": "pa", "Sinh": "si", "Orya": "or"},
    **{"Kore": "ko", "Jpan": "ja", "Hani": "zh"},
}
"""Scripts that nearly all of what is written in them is in one language of."""
WRITTEN = {
    **dict.fromkeys(("ar", "fa", "ur", "ckb", "ug", "ps", "sd"), "Arab"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "os", "tt", "udm"), "Cyrl"),
    **dict.fromkeys(("he", "yi"), "Hebr"),
    **dict.fromkeys(("hi", "mr", "ne"), "Deva"),
    **dict.fromkeys(("bn", "as"), "Beng"),
    **dict.fromkeys(("am", "ti"), "Ethi"),
    "my": "Mymr",
    **{language: script for script, language in ALONE.items()},
}
"""The script of a language, where it is not Latin."""
LETTERS = {script: word.capitalize() for word, script in SCRIPTS.items() if script not in ALONE}
"""What people call a script that tells no language."""


def is_tag(text: str) -> bool:
    return len(text) <= LONGEST and TAG.fullmatch(text) is not None


def fitting(text: str, offered: str) -> str:
    """The language that was offered and left as it stood, unless the text cannot be in it."""
    script = script_of(text)
    if not script:
        return offered or UNKNOWN
    if offered and script in scripts_for(offered):
        return offered
    return ALONE.get(script, f"{UNKNOWN}-{script}")


def script_of(text: str) -> str:
    """Most of its letters', empty without any; one kana among Chinese characters makes it Japanese."""
    found = Counter(SCRIPTS.get(name(char, "").split(" ")[0], "") for char in text[:SEEN] if char.isalpha())
    found.pop("", None)
    if found["Jpan"]:
        found["Jpan"] += found.pop("Hani", 0)
    return max(found, key=lambda script: found[script], default="")


def scripts_for(tag: str) -> set[str]:
    """Those that a text tagged so may be in."""
    language, *parts = tag.split("-")
    told = next((part.title() for part in parts if len(part) == 4), WRITTEN.get(language.lower(), "Latn"))
    return {"Hani"} if told in ("Hans", "Hant") else {told, "Hani"} if told == "Jpan" else {told}


def offered(own: str, accepted: str) -> str:
    """What a person wrote in last, else what their browser asks for first (its Accept-Language header)."""
    first = accepted.split(",")[0].split(";")[0].strip()
    return own or (canonical(first) if is_tag(first) and known(first) else "")


def known(tag: str) -> bool:
    return tag.split("-")[0].lower() in {choice.split("-")[0] for choice, _ in choices()}


def canonical(tag: str) -> str:
    """The tag of the list that says the same: of en-US, en; of pt-BR, pt-BR."""
    listed = {choice.lower(): choice for choice, _ in choices()}
    parts = tag.lower().split("-")
    return next((listed[sub] for n in range(len(parts), 0, -1) if (sub := "-".join(parts[:n])) in listed), tag)


@cache
def choices() -> tuple[tuple[str, str], ...]:
    """Languages by their own names; of regions only those that are written apart."""
    found = []
    for tag, info in LANG_INFO.items():
        language, *parts = tag.split("-")
        if info.get("name_local") and (not parts or len(parts[0]) == 4 or tag == "pt-br"):
            parts = [part.title() if len(part) == 4 else part.upper() for part in parts]
            found.append(("-".join([language, *parts]), info["name_local"][0].title() + info["name_local"][1:]))
    return tuple(sorted(found, key=lambda choice: choice[1].casefold()))


def options(chosen: str) -> SafeString:
    """Of a select, with this tag chosen."""
    return options_in(get_language(), chosen)


@lru_cache(maxsize=256)
def options_in(spoken: str | None, chosen: str) -> SafeString:
    """In one language of the pages. Kept, since it is long, and comes with every prompt that is to be written."""
    listed = [(UNKNOWN, str(_("Another language"))), *choices()]
    if chosen and chosen not in dict(listed):
        listed.insert(0, (chosen, capfirst(named(chosen))))
    rows = ((tag, " selected" if tag == chosen else "", own) for tag, own in listed)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


def named(tag: str) -> str:
    """For who reads a tag: its own name with the tag, what is known of a language that is not, or the tag."""
    language, _dash, script = tag.partition("-")
    if language == UNKNOWN and not script:
        return _("not known")
    if language == UNKNOWN and script in LETTERS:
        return _("not known, in %(script)s letters") % {"script": LETTERS[script]}
    own = dict(choices()).get(tag)
    return f"{own} ({tag})" if own else tag
