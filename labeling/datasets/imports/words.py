"""What is wrong with a row or a file, in words for people, with what they can do about it."""

from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import ProgramLimitExceeded

from labeling.datasets.imports.reading import LARGEST_GROUP, LONGEST_LINE, MOST_ROWS
from labeling.datasets.imports.wrong import Trouble, Unreadable, Wrong
from labeling.datasets.room import is_full

WRONG: dict[Wrong, Promise] = {
    Wrong.JSON: gettext_lazy("The line is no JSON object. Write {…} on one line for each row."),
    Wrong.CELLS: gettext_lazy(
        "It has more or fewer cells than the first line has names. Look for quotes that are open."
    ),
    Wrong.UTF8: gettext_lazy("It is not in UTF-8. Save the file as UTF-8."),
    Wrong.NUL: gettext_lazy("It has a zero character, which no database keeps. Take it out."),
    Wrong.SURROGATE: gettext_lazy("It has half of a character (a lone surrogate). Repair or remove it."),
    Wrong.BROKEN: gettext_lazy("It has broken characters. Copy it anew, or save its file as UTF-8 first."),
    Wrong.EMPTY: gettext_lazy("There is no text where there should be one."),
    Wrong.TYPE: gettext_lazy("It is neither text nor a list of messages with role and content."),
    Wrong.LONG: gettext_lazy("It is too long."),
    Wrong.REPR: gettext_lazy("It is a list as Python prints it. Write it as JSON, or the file as JSON Lines."),
    Wrong.ROLES: gettext_lazy("Its messages do not go from user to assistant and back, beginning with the user."),
    Wrong.ANSWERED: gettext_lazy(
        "The prompt has responses in it. Import it as comparisons, or leave the responses out."
    ),
    Wrong.LANGUAGE: gettext_lazy("That is no language tag. Write en, pt-BR or zh-Hant."),
    Wrong.CATEGORY: gettext_lazy("That is no category. Write everyday, borderline or adversarial."),
    Wrong.RISK: gettext_lazy("That is no risk. Write illicit, hateful or unqualified."),
    Wrong.ATTACK: gettext_lazy(
        "That is no attack. Write psychological, logic, syntactic, semantic, perspective, non_english or other."
    ),
    Wrong.UNTAGGED: gettext_lazy("An adversarial prompt needs a risk and an attack."),
    Wrong.PROMPT: gettext_lazy("There is no prompt. Say which column has it, or have whole dialogues in both columns."),
    Wrong.FORK: gettext_lazy("The two dialogues differ before their last message: they do not answer the same prompt."),
    Wrong.SAME: gettext_lazy("The two responses are the same."),
    Wrong.TIE: gettext_lazy("Neither response is better: a tie is no preference."),
    Wrong.VERDICT: gettext_lazy("It does not say which response is better in a way that is understood."),
    Wrong.DEGREE: gettext_lazy("That is no degree. Write 1 (barely) to 4 (significantly), or the words."),
    Wrong.LABEL: gettext_lazy("That says neither safe nor unsafe. Write true or false."),
    Wrong.UNSAFE: gettext_lazy(
        "The chosen response is unsafe and the other one safe, which no judgement here may say."
    ),
    Wrong.TWICE: gettext_lazy("An earlier row has the same prompt, or the same pair by the same annotator."),
    Wrong.THERE: gettext_lazy("It is there already."),
}
TROUBLE: dict[Trouble, Promise] = {
    Trouble.EMPTY: gettext_lazy("The file is empty. Send one with at least one row."),
    Trouble.SPREADSHEET: gettext_lazy("This is a spreadsheet or a ZIP archive. Save the sheet as CSV, and send that."),
    Trouble.LIST: gettext_lazy("This is one JSON list. Write JSON Lines: one row a line, without brackets and commas."),
    Trouble.UTF16: gettext_lazy("The file is in UTF-16. Save it as UTF-8, and send it again."),
    Trouble.BINARY: gettext_lazy("This is no text. Send JSON Lines, CSV or Parquet, the first two perhaps in gzip."),
    Trouble.CUT_OFF: gettext_lazy(
        "The file ends in the middle of its data: it was cut off. Make it anew, and send that."
    ),
    Trouble.DAMAGED: gettext_lazy("The file is damaged: its data cannot be unpacked. Make it anew, and send that."),
    Trouble.BOMB: gettext_lazy(
        "It unpacks to over a hundred times its size, which no text does. Send it unpacked, as JSON Lines or CSV."
    ),
    Trouble.LINE: gettext_lazy("Line %(place)s is longer than %(longest)s characters. Is it one row a line?"),
    Trouble.ROWS: gettext_lazy("It has more than %(most)s rows. Send it in parts."),
    Trouble.COLUMNS: gettext_lazy("Columns have names, in the first line of a CSV file, and each has its own."),
    Trouble.DAYS: gettext_lazy(
        "A day or a time in it is none of any year. Leave that column out, or write it as text."
    ),
    Trouble.WIDE: gettext_lazy(
        "It has over %(place)s columns. Leave out those that nobody needs here, and send it again."
    ),
    Trouble.GROUPS: gettext_lazy(
        "Its row groups are larger than %(group)s MB. Write it with smaller ones (row_group_size=10_000)."
    ),
    Trouble.GONE: gettext_lazy("The file is not here any more. Send it again."),
}


def wrong(code: str) -> str:
    return str(WRONG[Wrong(code)])


def what_stands_there(code: str, detail: str) -> str:
    return str(_("as row %(n)s") % {"n": detail}) if code == Wrong.TWICE else detail


def trouble(error: Unreadable) -> str:
    numbers = {"longest": f"{LONGEST_LINE:,}", "most": f"{MOST_ROWS:,}", "group": LARGEST_GROUP // 1_000_000}
    return str(TROUBLE[error.trouble]) % {**numbers, "place": error.place}


def unforeseen() -> str:
    return _("It broke off, and nothing was stored. Try again; whoever runs this installation finds why in its log.")


def broke(error: OSError | DatabaseError) -> str:
    """Of a machine, and nobody's file."""
    if is_full(error):
        return _("There is no room left on the disk, so nothing was stored. Make room, then try again.")
    if isinstance(error.__cause__, ProgramLimitExceeded):
        return _("A row is larger than the database keeps. Leave out what is so long, and send the file again.")
    return unforeseen()


def no_open_round() -> str:
    return _("No round is open, so nobody could be asked. Open a round, then try again.")


def not_kept(error: OSError) -> str:
    """Of a part of a file that was sent."""
    if is_full(error):
        return _("There is no room left on the server's disk. Ask whoever runs it to make room, then go on.")
    return _("The server could not keep it. Try again; whoever runs this installation finds why in its log.")
