"""What an exam is as a whole, and one part of it, as forms: what a manager sees in place of the text."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.exams.item_forms import area
from labeling.exams.models import Item, Qualification
from labeling.exams.scoring import BEST, Rule

MOST = 30_000  # of whatever is counted
SAYS_NOTHING = {
    **{"instructions": "", "minutes": None, "more_than": False, "shuffled": True, "must_pass": False},
    **{"at_least": None, "graders": 1, "apart": 1},
}  # of a part: what is so where its text does not mention it
OF_TEXTS = ("at_least", "graders", "apart")


def number(label: Any, *, least: int = 1, most: int = MOST, help_text: Any = "", **terms: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text, **terms)


def line(label: Any, lacking: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=100,
        help_text=help_text,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": lacking},
    )


class HeadForm(forms.Form):
    """`said` is the exam as its text has it, or nothing. What a form does not show stays as it was."""

    name = line(gettext_lazy("Name"), gettext_lazy("Give it a name."), gettext_lazy("Candidates read it."))
    instructions = area(gettext_lazy("Before they begin"), 4, help_text=gettext_lazy("Markdown. Candidates read it."))
    gives = line(
        gettext_lazy("Qualification it gives"),
        gettext_lazy("Name what whoever passes it holds."),
        gettext_lazy("What a project asks for, as in “Recipes”."),
    )
    version = number(
        gettext_lazy("Version of the qualification"),
        initial=1,
        help_text=gettext_lazy("A later one holds for the earlier ones too, and who has an earlier one lacks it."),
    )
    after = forms.ChoiceField(
        label=gettext_lazy("Only for people who hold"),
        required=False,
        help_text=gettext_lazy("For the next of a row of exams, or a shorter one for what is new."),
    )
    attempts = number(gettext_lazy("Attempts"), initial=2, help_text=gettext_lazy("How often a person may try."))
    cooling_off_hours = number(
        gettext_lazy("Hours between two attempts"),
        least=0,
        initial=7 * 24,
        help_text=gettext_lazy("24 are a day, 168 a week."),
    )

    def __init__(self, data: Any, *, said: dict[str, Any]) -> None:
        self.before = said
        grants, after = said.get("grants", {}), said.get("after")
        initial = {**said, "gives": grants.get("name", ""), "version": grants.get("version", 1)}
        held = (after["name"], after.get("version", 1)) if after else None
        super().__init__(data, initial={**initial, "after": key(*held) if held else ""} if said else None)
        there = {*Qualification.objects.values_list("name", "version"), *([held] if held else [])}
        first: Any = ("", _("anything: it comes first"))
        field: Any = self.fields["after"]
        field.choices = [first, *((key(*one), in_words(*one)) for one in sorted(there))]

    def said(self) -> dict[str, Any]:
        """The exam as its text is to say it, without what says nothing."""
        cleaned = self.cleaned_data
        changed = {name: cleaned[name] for name in ("name", "instructions", "attempts", "cooling_off_hours")}
        changed["grants"] = {"name": cleaned["gives"], "version": cleaned["version"]}
        version, _colon, held = cleaned["after"].partition(":")
        changed["after"] = {"name": held, "version": int(version)} if held else None
        said = {**changed, "part": self.before.get("part", [])}
        return {name: value for name, value in said.items() if value not in (None, "")}


def key(name: str, version: int) -> str:
    return f"{version}:{name}"


def in_words(name: str, version: int) -> str:
    return _("%(name)s, version %(n)d") % {"name": name, "n": version}


class PartForm(forms.Form):
    """`said` is the part as the text has it. What does not go with its rule is left out of it."""

    title = line(gettext_lazy("Title"), gettext_lazy("Give it a title."), gettext_lazy("Candidates read it."))
    instructions = area(
        gettext_lazy("Before they begin it"), 3, help_text=gettext_lazy("Markdown. Candidates read it.")
    )
    minutes = number(
        gettext_lazy("Minutes"),
        required=False,
        help_text=gettext_lazy("They run from the moment somebody begins it. Empty: no limit."),
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("What counts"),
        choices=[
            (str(Rule.SHARE), gettext_lazy("per cent right, of choices and pairs")),
            (str(Rule.COUNT), gettext_lazy("number right, of choices and pairs")),
            (str(Rule.MEAN), gettext_lazy("mean grade from 1 to 5, of texts that people grade")),
        ],
        widget=forms.RadioSelect,
        initial=str(Rule.SHARE),
        error_messages={"required": gettext_lazy("Choose what counts.")},
    )
    threshold = forms.FloatField(
        label=gettext_lazy("To pass, it takes"),
        min_value=0,
        max_value=MOST,
        initial=80,
        help_text=gettext_lazy("As many per cent, right answers, or as high a mean grade."),
        error_messages={"required": gettext_lazy("Say what it takes.")},
    )
    more_than = forms.BooleanField(label=gettext_lazy("Just as much is too little"), required=False)
    shuffled = forms.BooleanField(
        label=gettext_lazy("Everybody gets its items in another order"), required=False, initial=True
    )
    must_pass = forms.BooleanField(
        label=gettext_lazy("Whoever does not pass it does not get to the next part"), required=False
    )
    at_least = number(
        gettext_lazy("Texts to write"),
        required=False,
        help_text=gettext_lazy("How many of those that are offered, at least. Empty: all."),
    )
    graders = forms.TypedChoiceField(
        label=gettext_lazy("People who grade each text"), choices=[(1, "1"), (2, "2")], coerce=int, initial=1
    )
    apart = number(
        gettext_lazy("Grades that two may differ by"),
        most=BEST - 1,
        initial=1,
        help_text=gettext_lazy("Beyond it a third person grades, and the grade in the middle counts."),
    )

    def __init__(self, data: Any, *, said: dict[str, Any]) -> None:
        self.before = said
        super().__init__(data, initial={**SAYS_NOTHING, **said} if said else None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        rule, threshold = cleaned.get("rule"), cleaned.get("threshold")
        most = {str(Rule.SHARE): 100, str(Rule.MEAN): BEST}.get(rule or "")
        if most and threshold is not None and (threshold > most or (threshold == most and cleaned.get("more_than"))):
            self.add_error("threshold", _("Nobody can reach that: %(most)d is all there is.") % {"most": most})
        texts = [one.get("kind") == Item.Kind.TEXT for one in self.before.get("item", [])]
        if rule and texts and any(one != (rule == Rule.MEAN) for one in texts):
            self.add_error("rule", _("Its items do not go with that. Make another part for it."))
        return cleaned

    def said(self) -> dict[str, Any]:
        """The part as the text is to have it, without what says nothing."""
        changed = dict(self.cleaned_data)
        threshold = changed["threshold"]
        changed["threshold"] = int(threshold) if threshold == int(threshold) else threshold
        for name in ("must_pass",) if changed["rule"] == Rule.MEAN else OF_TEXTS:
            changed[name] = SAYS_NOTHING[name]
        said = {**changed, "item": self.before.get("item", [])}
        return {name: one for name, one in said.items() if name not in SAYS_NOTHING or one != SAYS_NOTHING[name]}
