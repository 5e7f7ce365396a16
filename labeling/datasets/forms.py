"""What somebody asks of a snapshot, on a page."""

from dataclasses import fields as dataclass_fields
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import Cohort
from labeling.comparisons.models import Assignment, Degree
from labeling.datasets import words
from labeling.datasets.licences import LICENCES, UNKNOWN
from labeling.datasets.margins import MARGINS
from labeling.datasets.models import Snapshot
from labeling.datasets.usual import usual_configs, usual_margin
from labeling.datasets.wanted import Aggregation, Config, Filters, Format, Wanted
from labeling.projects.languages import canonical, is_tag
from labeling.projects.models import GuidelineVersion, Project, Round

KINDS = (Assignment.Kind.AUTHOR, Assignment.Kind.OVERLAP, Assignment.Kind.REWORK, Assignment.Kind.IMPORTED)
DEGREES = sorted(Degree, reverse=True)
MOST = 10_000_000
DAY = forms.DateInput({"type": "date"})


def several(label: Any, **terms: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, widget=forms.CheckboxSelectMultiple, **terms)


def whole(label: Any, least: int = 1, **terms: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=MOST, required=False, **terms)


class SnapshotForm(forms.Form):
    """Nothing ticked among what may be left empty means all of it."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)  # that it is to have
    axes = several(gettext_lazy("Judged for"))
    aggregation = forms.ChoiceField(
        label=gettext_lazy("Preferences"), choices=list(words.AGGREGATIONS.items()), widget=forms.RadioSelect
    )
    margin = forms.ChoiceField(
        label=gettext_lazy("Margin of the loss"),
        choices=list(words.MARGINS.items()),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("By how much more a response was better, from significantly to barely."),
    )
    configs = several(gettext_lazy("Files for"), choices=list(words.CONFIGS.items()))
    formats = several(gettext_lazy("Formats"), choices=list(words.FORMATS.items()))
    licence = forms.ChoiceField(
        label=gettext_lazy("Licence"),
        choices=[(UNKNOWN, gettext_lazy("not said yet")), *LICENCES.items()],
        help_text=gettext_lazy("Under which others may use it. The card says it, and a hub shows it."),
        required=False,
    )
    rounds = several(gettext_lazy("Rounds"), required=False)
    cohorts = several(gettext_lazy("Cohorts that people were in when they judged"), required=False)
    guidelines = several(gettext_lazy("Guideline versions"), required=False)
    languages = forms.CharField(
        label=gettext_lazy("Languages of prompts"),
        help_text=gettext_lazy("As tags, with commas between them: en, de, pt-BR."),
        required=False,
    )
    degrees = several(
        gettext_lazy("Degrees"),
        required=False,
        help_text=gettext_lazy("Of single judgements, before any majority is counted."),
    )
    kinds = several(gettext_lazy("Whose"), required=False)
    reviewed = forms.BooleanField(label=gettext_lazy("Only what a reviewer has accepted"), required=False)
    first_day = forms.DateField(label=gettext_lazy("Judged from (UTC)"), required=False, widget=DAY)
    last_day = forms.DateField(label=gettext_lazy("Judged up to and with (UTC)"), required=False, widget=DAY)
    first_turn = whole(gettext_lazy("From turn"))
    last_turn = whole(gettext_lazy("Up to and with turn"))
    max_chars = whole(gettext_lazy("Longest dialogue, in characters"))
    max_tokens = whole(
        gettext_lazy("Longest dialogue, in tokens"),
        help_text=gettext_lazy("As the models counted them. TRL's reward trainer drops pairs beyond 1,024 by itself."),
    )

    def __init__(self, data: Any, *, project: Project) -> None:
        axes = project.axes_in_order()
        usual: dict[str, Any] = {
            "axes": [str(axis) for axis in axes],
            "aggregation": Aggregation.EVERY,
            "margin": usual_margin(project),
        }
        usual |= {"configs": usual_configs(axes), "formats": [Format.JSONL]}
        super().__init__(data, initial={**usual, "number": Snapshot.objects.next_number(project)})
        self.project = project
        for degree in DEGREES:
            label = _("Margin where it is %(degree)s") % {"degree": degree.label}
            self.fields[f"margin_{degree}"] = forms.FloatField(label=label, min_value=0, max_value=100, required=False)
        for name, choices in choices_of(project).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            if len(choices) < 2 and name != "axes":
                del self.fields[name]

    @property
    def custom(self) -> list[forms.BoundField]:
        return [self[f"margin_{degree}"] for degree in DEGREES]

    @property
    def limits(self) -> list[forms.BoundField]:
        """What leaves something out, of what there is here."""
        names = (*(field.name for field in dataclass_fields(Filters)), "max_chars", "max_tokens")
        return [self[name] for name in names if name in self.fields]

    @property
    def is_limited(self) -> bool:
        return any(field.value() for field in self.limits)

    def clean_languages(self) -> tuple[str, ...]:
        tags = [tag for part in self.cleaned_data["languages"].split(",") if (tag := part.strip())]
        if wrong := [tag for tag in tags if not is_tag(tag)]:
            raise forms.ValidationError(_("“%(tag)s” is no tag of a language.") % {"tag": wrong[0]})
        return tuple(map(canonical, tags))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("margin") == "custom":
            for degree in DEGREES:
                if cleaned.get(f"margin_{degree}") is None:
                    self.add_error(f"margin_{degree}", _("Say a number."))
        for first, last in (("first_day", "last_day"), ("first_turn", "last_turn")):
            if cleaned.get(first) and cleaned.get(last) and cleaned[first] > cleaned[last]:
                self.add_error(last, _("It ends before it begins."))
        return cleaned

    def wanted(self) -> Wanted:
        """Of a valid form."""
        cleaned = self.cleaned_data
        limits: dict[str, Any] = {name: cleaned[name] for name in ("languages", "first_turn", "last_turn", "reviewed")}
        limits |= {name: str(cleaned[name]) if cleaned[name] else None for name in ("first_day", "last_day")}
        for name in ("rounds", "cohorts", "guidelines", "degrees"):
            limits[name] = tuple(map(int, cleaned.get(name, ())))
        return Wanted(
            axes=tuple(axis for axis in map(str, self.project.axes_in_order()) if axis in cleaned["axes"]),
            filters=Filters(**limits, kinds=tuple(cleaned.get("kinds", ()))),
            aggregation=Aggregation(cleaned["aggregation"]),
            margins=self.margins(),
            configs=tuple(map(Config, cleaned["configs"])),
            formats=tuple(map(Format, cleaned["formats"])),
            max_chars=cleaned["max_chars"],
            max_tokens=cleaned["max_tokens"],
            licence=cleaned["licence"] or UNKNOWN,
        )

    def margins(self) -> Any:
        preset = self.cleaned_data["margin"]
        if preset == "custom":
            return {int(degree): self.cleaned_data[f"margin_{degree}"] for degree in DEGREES}
        return MARGINS.get(preset)


def choices_of(project: Project) -> dict[str, list[tuple[Any, Any]]]:
    """What there is to choose from in this project."""
    rounds = project.rounds.exclude(state=Round.State.DRAFT).order_by("number")
    guidelines = GuidelineVersion.objects.filter(round__in=rounds).distinct().order_by("axis", "number")
    cohorts = Cohort.objects.filter(enrolments__project=project).distinct().order_by("name")
    return {
        "axes": [(axis.value, axis.label) for axis in project.axes_in_order()],
        "rounds": [(one.number, _("Round %(n)d") % {"n": one.number}) for one in rounds],
        "cohorts": [(cohort.pk, cohort.name) for cohort in cohorts],
        "guidelines": [(one.pk, f"{one.get_axis_display()}, {one.number}") for one in guidelines],
        "degrees": [(degree.value, degree.label) for degree in DEGREES],
        "kinds": [(kind.value, kind.label) for kind in KINDS],
    }
