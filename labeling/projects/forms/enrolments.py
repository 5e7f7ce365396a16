"""Who judges: cohorts on axes of a project, and the people in them."""

import re
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import Cohort
from labeling.projects.forms.languages import LanguagesField
from labeling.projects.models import Enrolment, Project

MOST = 500  # people at once


class TermsForm(forms.Form):
    """How much a cohort does on an axis."""

    quota_per_day = forms.IntegerField(
        label=gettext_lazy("Judgements a day"),
        help_text=gettext_lazy("For each person, at most."),
        required=False,
        min_value=1,
        max_value=10_000,
        error_messages={"min_value": gettext_lazy("Allow at least one; leave it empty for no limit.")},
    )
    quota_total = forms.IntegerField(
        label=gettext_lazy("Judgements in all"),
        help_text=gettext_lazy("For each person, at most, in all rounds together."),
        required=False,
        min_value=1,
        max_value=10_000_000,
        error_messages={"min_value": gettext_lazy("Allow at least one; leave it empty for no limit.")},
    )
    overlap = forms.IntegerField(
        label=gettext_lazy("People for each pair"),
        help_text=gettext_lazy(
            "Its author, and others after them, for the share of pairs that the project's settings say. Of the rest "
            "each is judged by its author alone."
        ),
        min_value=1,
        max_value=100,
        initial=2,
        error_messages={
            "required": gettext_lazy("Say how many people; one is its author alone."),
            "min_value": gettext_lazy("Somebody has to judge it: at least one."),
        },
    )
    names = ("quota_per_day", "quota_total", "overlap")


class OfProject(forms.Form):
    """What a form needs that enrols somebody in a project."""

    axes = forms.MultipleChoiceField(
        label=gettext_lazy("Judges for"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what the cohort judges for.")},
    )

    def __init__(self, data: Any, *, project: Project) -> None:
        axes = project.axes_in_order()
        super().__init__(data, initial={"axes": axes})
        self.project = project
        self.fields["axes"].choices = [(str(axis), axis.label) for axis in axes]  # type: ignore[attr-defined]

    def terms(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("axes", *TermsForm.names)}


class EnrolmentForm(TermsForm, OfProject):
    """A cohort that is there already."""

    cohort = forms.ModelChoiceField(
        Cohort.objects.none(),
        label=gettext_lazy("Cohort"),
        empty_label=gettext_lazy("Choose a cohort"),
        error_messages={"required": gettext_lazy("Choose a cohort.")},
    )
    field_order = ("cohort", "axes", *TermsForm.names)

    def __init__(self, data: Any, *, project: Project, cohorts: Any) -> None:
        super().__init__(data, project=project)
        self.fields["cohort"].queryset = cohorts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cohort, axes = cleaned.get("cohort"), cleaned.get("axes", [])
        known = Enrolment.objects.filter(project=self.project, cohort=cohort, axis__in=axes) if cohort else ()
        for enrolment in known:
            problem = _("“%(cohort)s” judges for %(axis)s already. Change that in the list above.")
            self.add_error("axes", problem % {"cohort": cohort, "axis": enrolment.get_axis_display().lower()})
        return cleaned


LONGEST = 500  # characters of an address with its name; nested brackets of a longer one would exhaust the parser
LONGEST_ADDRESS = MaxLengthValidator(254)  # RFC 5321; and as much as a person has room for


ONE = re.compile(r'(?:"[^"]*"|[^,;"])+')  # a name in quotes may have commas of its own


class PeopleField(forms.CharField):
    """E-mail addresses, with or without a name before them; cleans to (address, name) pairs."""

    widget = forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"})

    def __init__(self, *, most: int = MOST, **kwargs: Any) -> None:
        help_text = gettext_lazy("One a line, or commas between: “ana@example.org”, “Ana Silva <ana@example.org>”.")
        super().__init__(label=gettext_lazy("People, by e-mail address"), help_text=help_text, **kwargs)
        self.most = most

    def clean(self, value: Any) -> Any:
        lines = enumerate(str(super().clean(value)).splitlines(), start=1)
        entries = [(number, one.strip()) for number, line in lines for one in ONE.findall(line) if one.strip()]
        found: dict[str, str] = {}
        problems = []
        for number, one in entries:
            name, address = parseaddr(one) if len(one) <= LONGEST else ("", "")
            try:
                LONGEST_ADDRESS(address)
                validate_email(address)
            except ValidationError:
                problems.append(_("Line %(n)d, “%(one)s”, is no e-mail address.") % {"n": number, "one": one[:80]})
            else:
                found[address.lower()] = found.get(address.lower()) or name[:150]
        if len(found) > self.most:
            problems.append(_("Add at most %(n)d people at once.") % {"n": self.most})
        if problems:
            raise ValidationError(problems)
        return list(found.items())


class PeopleForm(forms.Form):
    people = PeopleField(error_messages={"required": gettext_lazy("Name at least one person.")})


class CohortForm(forms.Form):
    """What a cohort is called, and the languages of its people."""

    name = forms.CharField(
        max_length=100,
        label=gettext_lazy("Name of the cohort"),
        help_text=gettext_lazy("People who get work together, as in “Lisbon, spring”. They do not see its name."),
        error_messages={"required": gettext_lazy("Give the cohort a name.")},
    )
    languages = LanguagesField()

    def __init__(self, *args: Any, cohort: Cohort | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        others = Cohort.objects.exclude(pk=self.cohort.pk) if self.cohort else Cohort.objects.all()
        if others.filter(name=name).exists():
            raise forms.ValidationError(self.taken())
        return name

    def taken(self) -> str:
        return _("Another cohort has this name. Choose another one.")


class NewCohortForm(TermsForm, OfProject, CohortForm):
    """A cohort, its people and its enrolment in one go: all that a new installation needs."""

    people = PeopleField(required=False)
    field_order = ("name", "languages", "people", "axes", *TermsForm.names)

    def taken(self) -> str:
        return _("Another cohort has this name. Choose another one, or enrol that cohort.")
