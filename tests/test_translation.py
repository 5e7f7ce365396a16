"""Every word that people read is marked for translation, in templates, in Python and in scripts."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.utils.functional import Promise

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "labeling").glob("*/**/*.py"))  # what lies beside the slices talks to whoever starts them
SCRIPTS = sorted((ROOT / "static").glob("*.js"))

STANDALONE = {"400.html", "500.html", "503.html"}  # shown while the rest is broken: made of nothing that can fail
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = {"Tandem", "Esc", "Ctrl", "Enter", "JSON"}  # the same in every language, or on the key
SPOKEN = {"aria-label", "aria-description", "title", "placeholder", "alt"}
SENTENCE = re.compile(r"^\W*[A-Z][\w’']*,? [\w(“]|^\W*[A-Z][a-z]+[.!?…]$|[a-z]{2,} [a-z ]{2,}[.!?…]$")


def words(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if word not in NAMES]


class Unmarked(HTMLParser):
    """What is left to read of a template once everything that is marked has been taken out."""

    MACHINES = ("script", "style", "code", "pre", "kbd")

    def __init__(self, template: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""
        self.feed(without_marked(template))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in self.MACHINES else ""
        for name, value in attrs:
            says = name in SPOKEN or (name.startswith("data-") and re.search(r"[A-Z]\w+|\w+ \w+", value or ""))
            if says and words(value or ""):
                self.found.append(f'{name}="{value}"')

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, text: str) -> None:
        if not self.inside and words(text):
            self.found.append(text.strip())


def without_marked(template: str) -> str:
    for marked in (
        r"\{% comment .*?endcomment %\}|\{#.*?#\}",
        r"\{% blocktranslate.*?endblocktranslate %\}",
        r"""_\((?:"[^"]*"|'[^']*')\)""",
    ):
        template = re.sub(marked, "", template, flags=re.S)
    template = re.sub(r"""\{% translate (?:"[^"]*"|'[^']*')( as \w+)? %\}""", "", template)
    # What is left of tags and variables are names, and now and then a word to show when there is none.
    return re.sub(r"\{[%{].*?[%}]\}", lambda tag: " ".join(shown_instead(tag[0])), template, flags=re.S)


def shown_instead(tag: str) -> Iterator[str]:
    """Words that a filter or an argument puts on the page."""
    for text in re.findall(r"""(?:default(?:_if_none)?:|yesno:|\w+=)(?:"([^"]*)"|'([^']*)')""", tag):
        yield from (part for part in text if SENTENCE.search(part))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_every_word_of_a_template_is_marked(file: Path):
    if file.name not in STANDALONE:
        assert Unmarked(file.read_text()).found == []


GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
FOR_MACHINES = {"info", "warning", "error", "exception", "debug", "RawSQL", "compile", "fail", "add_note"}
READ = {"label", "empty_label", "violation_error_message"}
SQL = re.compile(
    r"\b(SELECT|SET|CASE|WHEN|IN|DISTINCT|ANALYZE|COPY|UPDATE|EXECUTE|TABLE|TRIGGER|WHERE|AND|ORDER BY|JOIN)\b"
)
UNTRANSLATED = {
    *("Say hello in one short sentence.", 'Bearer realm="metrics"', "Bearer n"),  # to models, and to monitors
    # These are stored, beside what workers say of themselves.
    *("Drawn n times; each time a gate stopped it: n.", "Its author stopped it before anything was written."),
}


class Said(ast.NodeVisitor):
    """Strings of a module that people read and nobody can translate."""

    def __init__(self, module: str) -> None:
        self.found: list[str] = []
        self.visit(ast.parse(module))

    def visit_Call(self, call: ast.Call) -> None:
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in GETTEXT | FOR_MACHINES:
            return
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != "help_text"]  # those of forms: below
        for keyword in call.keywords:
            if keyword.arg in READ and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                self.found.append(f"{keyword.value.lineno}: {keyword.value.value}")
        self.generic_visit(call)

    def visit_Raise(self, raised: ast.Raise) -> None:
        """For whoever reads a traceback, unless a form shows it."""
        if "ValidationError" in ast.dump(raised):
            self.generic_visit(raised)

    def visit_Expr(self, expression: ast.Expr) -> None:
        if not isinstance(expression.value, ast.Constant):  # a docstring is one
            self.generic_visit(expression)

    def visit_Constant(self, constant: ast.Constant) -> None:
        if isinstance(constant.value, str):
            self.read(constant.lineno, constant.value)

    def visit_JoinedStr(self, joined: ast.JoinedStr) -> None:
        self.read(
            joined.lineno, "".join(getattr(part, "value", "") if is_text(part) else "n" for part in joined.values)
        )

    def read(self, line: int, text: str) -> None:
        if SENTENCE.search(text) and not SQL.search(text) and text not in UNTRANSLATED:
            self.found.append(f"{line}: {text}")


def is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant)


def talks_to_people(file: Path) -> bool:
    """Not what a terminal, a monitor or a data set shows, nor names, nor what is there for superusers alone."""
    others = {"admin.py", "foreseen.py", "exposition.py", "card.py", "licences.py"}
    return not {"migrations", "management", "demo"} & set(file.parts) and file.name not in others


@pytest.mark.parametrize(
    "file", [file for file in MODULES if talks_to_people(file)], ids=lambda file: str(file.relative_to(ROOT))
)
def test_every_word_of_a_module_is_marked(file: Path):
    assert Said(file.read_text()).found == []


def forms_of_pages() -> list[type[forms.BaseForm]]:
    """Those whose fields a page shows with the form's own words."""
    __import__("labeling.urls")
    found, new = [], [forms.BaseForm]
    while new:
        found += (new := [kind for one in new for kind in one.__subclasses__()])
    return [kind for kind in found if kind.__module__.startswith(("labeling.projects.forms", "labeling.home"))]


@pytest.mark.parametrize("form", forms_of_pages(), ids=lambda form: form.__name__)
def test_what_a_form_says_of_its_fields_is_marked(form: type[forms.BaseForm]):
    shown = {name: field for name, field in form.base_fields.items() if not field.widget.is_hidden}
    said = [(name, text) for name, field in shown.items() for text in (field.label, field.help_text or "")]
    assert [(name, text) for name, text in said if text != "" and not isinstance(text, Promise)] == []


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_a_script_has_its_words_from_the_page(file: Path):
    script = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*|console\.\w+\(.*\);", "", file.read_text(), flags=re.S)
    literals = (match[2] for match in re.finditer(r"""(["'`])((?:\\.|(?!\1).)*)\1""", script))
    assert [text for text in literals if SENTENCE.search(text)] == []
    assert re.findall(r"""(?:textContent|ariaLabel|placeholder|title) = ["'`]\w""", script) == []
