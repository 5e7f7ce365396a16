"""The pair policy of a draft round as it is typed, and what it means."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.models import ModelVersion, PairPolicyEntry, Round
from labeling.projects.policy_meaning import Meaning
from labeling.projects.starting_rounds import numbers
from labeling.projects.typed import whole

MOST_ROWS = 24
WEIGHT = gettext_lazy("Give a weight between 0.01 and 1000.")
TEMPERATURE = gettext_lazy("Temperatures lie between 0.01 and 2.")
TOP_P = gettext_lazy("Top-p lies between 0.01 and 1.")


def decimal(initial: float, low: float, high: float, problem: Any, label: Any) -> forms.FloatField:
    field = forms.FloatField(initial=initial, label=label, error_messages={"required": problem, "invalid": problem})
    field.widget.attrs |= {"min": low, "max": high, "step": "any"}
    field.validators.append(lambda value: refuse_outside(value, low, high, problem))
    return field


def refuse_outside(value: float, low: float, high: float, problem: Any) -> None:
    if not low <= value <= high:
        raise forms.ValidationError(problem)


class EntryForm(forms.Form):
    """One row. A row in which no model is chosen and nothing else was changed counts as not there."""

    model_version = forms.TypedChoiceField(
        coerce=int,
        label=gettext_lazy("Model version"),
        error_messages={
            "required": gettext_lazy("Choose a model version, or remove the row."),
            "invalid_choice": gettext_lazy("This model version is not there any more. Choose another one."),
        },
    )
    weight = decimal(1, 0.01, 1000, WEIGHT, gettext_lazy("Weight"))
    temperature_low = decimal(0.7, 0.01, 2, TEMPERATURE, gettext_lazy("Temp. from"))
    temperature_high = decimal(1, 0.01, 2, TEMPERATURE, gettext_lazy("Temp. to"))
    top_p_low = decimal(0.9, 0.01, 1, TOP_P, gettext_lazy("Top-p from"))
    top_p_high = decimal(0.95, 0.01, 1, TOP_P, gettext_lazy("Top-p to"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, label in (("temperature", _("temperature")), ("top_p", _("top-p"))):
            low, high = cleaned.get(f"{name}_low"), cleaned.get(f"{name}_high")
            if low is not None and high is not None and low > high:
                problem = _("The highest %(what)s lies below the lowest, %(low)g.") % {"what": label, "low": low}
                self.add_error(f"{name}_high", problem)
        return cleaned

    def weight_typed(self) -> float | None:
        """As far as it is one."""
        try:
            weight = float(self["weight"].value() or 0)
        except ValueError:
            return None
        return weight if 0.01 <= weight <= 1000 else None


Typed = dict[str, Any]


class PolicyRows:
    """The pair policy as rows. What was typed survives adding and removing one, whether it is valid or not."""

    def __init__(self, rows: Sequence[Typed], *, bound: bool = False) -> None:
        self.versions = {version.pk: version for version in ModelVersion.objects.order_by("-created_at", "-pk")}
        self.checking = ModelVersion.being_checked(self.versions.values())
        self.forms = [self._form(place, row, bound) for place, row in enumerate(rows[:MOST_ROWS])]
        self.full = len(self.forms) >= MOST_ROWS
        self.typed_in = self.lost_one = False

    @classmethod
    def of(cls, round_: Round) -> "PolicyRows":
        """What is saved; two empty rows where that is nothing."""
        saved = [
            {"model_version": entry.model_version_id}
            | {name: str(value).removesuffix(".0") for name, value in numbers(entry).items()}
            for entry in round_.policy.order_by("pk")
        ]
        return cls(saved or [{}, {}])

    @classmethod
    def typed(cls, data: Mapping[str, str], *, bound: bool = False) -> "PolicyRows":
        """With one row more or less, if that was asked for; the keyboard then goes on where the change is."""
        rows = cls(rows_typed(data), bound=bound)
        rows.typed_in, rows.lost_one = True, "remove" in data
        if "add" in data:
            rows.forms[-1].fields["model_version"].widget.attrs["autofocus"] = True
        return rows

    def _form(self, place: int, row: Typed, bound: bool) -> EntryForm:
        shared: dict[str, Any] = {"prefix": f"row-{place}", "empty_permitted": True, "use_required_attribute": False}
        data = {f"row-{place}-{name}": value for name, value in row.items()}
        form = EntryForm(data, **shared) if bound else EntryForm(initial=row, **shared)
        form.fields["model_version"].choices = self._choices()  # type: ignore[attr-defined]
        return form

    def _choices(self) -> list[tuple[str, Any]]:
        """Checked ones first, the newest of them first."""
        named = {True: [], False: []}  # type: dict[bool, list[tuple[str, str]]]
        for pk, version in self.versions.items():
            named[version.checked_at is not None].append((str(pk), self._name(version)))
        groups = [(_("Checked"), named[True]), (_("Not ready"), named[False])]
        return [("", _("Choose a model version")), *(group for group in groups if group[1])]

    def _name(self, version: ModelVersion) -> str:
        if version.checked_at:
            return version.name
        if version.check_error:
            state = _("check failed")
        else:
            state = _("being checked") if version.pk in self.checking else _("not checked")
        return f"{version.name} ({state})"

    def is_valid(self) -> bool:
        """Each row by itself, and no version twice."""
        valid = [form.is_valid() for form in self.forms]
        first: dict[int, int] = {}
        for place, form in enumerate(self.forms, start=1):
            version = form.cleaned_data.get("model_version") if form.is_bound else None
            if version and first.setdefault(version, place) != place:
                problem = _("This version stands in row %(n)d already: set its weight there.") % {"n": first[version]}
                form.add_error("model_version", problem)
                valid.append(False)
        return all(valid)

    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms)

    def entries(self) -> list[PairPolicyEntry]:
        """Of valid rows."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data]
        return [PairPolicyEntry(model_version_id=row["model_version"], **picked(row)) for row in filled]

    def meaning(self, *, different: bool) -> Meaning:
        """What the weights make of the pairs, as far as they are typed."""
        weighted = [(self._version(form), form.weight_typed()) for form in self.forms]
        named = [(version, weight) for version, weight in weighted if version]
        return Meaning([version for version, _ in named], [weight for _, weight in named], different)

    def _version(self, form: EntryForm) -> ModelVersion | None:
        pk = whole(str(form["model_version"].value() or ""))
        return None if pk is None else self.versions.get(pk)


def rows_typed(data: Mapping[str, str]) -> list[Typed]:
    """The rows of a posted form, without the one whose remove button was pressed, and with a new one if asked for."""
    names = EntryForm.base_fields
    count = whole(data.get("rows", "")) or 0
    rows = [{name: data.get(f"row-{n}-{name}", "") for name in names} for n in range(min(count, MOST_ROWS))]
    removed = whole(data.get("remove", ""))
    if removed is not None and removed < len(rows):
        del rows[removed]
    return [*rows, {}] if "add" in data else rows


def picked(row: Typed) -> dict[str, float]:
    return {name: row[name] for name in PairPolicyEntry.NUMBERS}
