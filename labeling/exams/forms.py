"""What a candidate answers, what a grader says, an exam as text, and what a project asks for."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.cohorts.models import Cohort, Person
from labeling.exams import files
from labeling.exams.models import Exam, Grant, Item, Qualification, Requirement
from labeling.exams.models.attempt import LONGEST
from labeling.exams.scoring import BEST
from labeling.projects.models import Axis, GuidelineVersion

MOST_PROBLEMS = 20  # of an exam's text that are named at once


class AnswerForm(forms.Form):
    """One field, named after the item; an answer may be taken back. Chosen is a place in `order`, which says what
    stands there: as the paper has it where there is none."""

    def __init__(self, item: Item, data: Any, order: Sequence[int] | None = None) -> None:
        super().__init__(data, prefix=f"item-{item.pk}")
        self.order = order or item.answers
        self.of_text = item.kind == Item.Kind.TEXT
        self.fields["answer"] = (
            forms.CharField(max_length=LONGEST, required=False, strip=False)
            if self.of_text
            else forms.TypedChoiceField(
                choices=[(one, one) for one in item.answers], coerce=int, empty_value=None, required=False
            )
        )

    @property
    def said(self) -> dict[str, Any]:
        """What `Sitting.save_answer` takes."""
        answer = self.cleaned_data["answer"]
        if self.of_text:
            return {"text": answer}
        return {"value": None if answer is None else self.order[answer - 1]}


class PaperForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("The exam as text"),
        help_text=gettext_lazy(
            "In TOML. A template shows all there is: parts, thresholds, and the three kinds of item."
        ),
        widget=forms.Textarea(attrs={"rows": 30, "class": "code", "spellcheck": "false"}),
        strip=False,
        max_length=500_000,
        error_messages={"required": gettext_lazy("Write the exam, or begin from a template.")},
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            files.read(text)
        except files.Unreadable as wrong:
            raise forms.ValidationError(wrong.problems[:MOST_PROBLEMS]) from wrong
        return text

    def write(self, person: Person, draft: Exam | None) -> Exam | None:
        """None, and what to do about it, where somebody else was at it in the same moment."""
        try:
            return files.write(self.cleaned_data["text"], person, draft)
        except files.Overtaken:
            overtaken = _("Somebody else saved an exam of this name in the same moment: look at theirs first.")
            again = _("To keep yours beside it, as the next version, save it once more.")
            self.add_error("text", f"{overtaken} {again}")
            return None


class OpenToForm(forms.Form):
    """Only cohorts that a manager may see are offered; who else may take the exam stays."""

    cohorts = forms.ModelMultipleChoiceField(
        queryset=Cohort.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Who may take it"),
        help_text=gettext_lazy("Beside those whose project asks for what it gives."),
    )

    def __init__(self, *args: Any, choices: QuerySet[Cohort], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices.order_by("name")
        field: Any = self.fields["cohorts"]
        field.queryset = self.choices

    def save(self, exam: Exam) -> None:
        chosen = self.cleaned_data["cohorts"]
        exam.cohorts.remove(*self.choices.exclude(pk__in=chosen))
        exam.cohorts.add(*chosen)


class GradeForm(forms.Form):
    score = forms.TypedChoiceField(
        label=gettext_lazy("Grade"),
        choices=[(one, one) for one in range(1, BEST + 1)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a grade.")},
    )
    remark = forms.CharField(
        label=gettext_lazy("A word to the candidate"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class QualificationField(forms.ModelChoiceField):
    """Only what somebody can have: what an exam that is given leads to, or what somebody holds."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"error_messages": {"required": gettext_lazy("Choose a qualification.")}, **kwargs}
        super().__init__(Qualification.objects.reachable(), empty_label=gettext_lazy("choose one"), **kwargs)

    def label_from_instance(self, qualification: Any) -> str:
        return _("%(name)s, version %(n)d") % {"name": qualification.name, "n": qualification.version}


class GiveForm(forms.Form):
    """A qualification for one person who is known to be able."""

    qualification = QualificationField(label=gettext_lazy("Qualification"))
    reason = forms.CharField(
        label=gettext_lazy("Without a test, because"),
        help_text=gettext_lazy("For you and other managers, as in “passed it with us last year”."),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say how you know that they can.")},
    )

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data)
        self.person = person
        held = Grant.objects.current().filter(person=person).values("qualification")
        field: Any = self.fields["qualification"]
        field.queryset = field.queryset.exclude(pk__in=held)

    def give(self, by: Person) -> None:
        Grant.objects.give(self.cleaned_data["qualification"], [self.person], by, self.cleaned_data["reason"])


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Take it back, because"),
        help_text=gettext_lazy("They read it. From now on they get no work that asks for it."),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say why, in words for them.")},
    )

    def __init__(self, grant: int, data: Any = None) -> None:
        super().__init__(data, auto_id=f"take_{grant}_%s")
        self.grant = grant


class GuidelineField(forms.ModelChoiceField):
    def label_from_instance(self, guideline: Any) -> str:
        axis = Axis(guideline.axis).label
        return _("version %(n)d of the guideline for %(axis)s") % {"n": guideline.number, "axis": axis.lower()}


class RequirementForm(forms.ModelForm):
    qualification = QualificationField(label=gettext_lazy("Qualification"))
    since = GuidelineField(
        queryset=GuidelineVersion.objects.none(),
        required=False,
        label=gettext_lazy("Asked for"),
        empty_label=gettext_lazy("in every round"),
        help_text=gettext_lazy(
            "From a guideline version on, where that is new to people: a shorter test for what has changed."
        ),
    )
    counts_in = forms.BooleanField(
        required=False,
        label=gettext_lazy("Whoever is enrolled now has it without a test"),
        help_text=gettext_lazy("Else they get no work there until they have passed."),
    )

    class Meta:
        model = Requirement
        fields = ("axis", "qualification", "since")
        labels: ClassVar = {"axis": gettext_lazy("To judge for")}
        error_messages: ClassVar = {"axis": {"required": gettext_lazy("Choose what people judge for.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.instance.project
        self.fields["axis"] = forms.ChoiceField(
            label=self.fields["axis"].label,
            choices=[(axis, axis.label) for axis in project.axes_in_order()],
            error_messages=self.fields["axis"].error_messages,
        )
        written = project.guidelines.defer("text").order_by("axis", "-number")
        since: Any = self.fields["since"]
        since.queryset = written

    def clean(self) -> dict[str, Any]:
        """The project is none of the fields, so Django leaves out what it has a part in."""
        sent = super().clean() or self.cleaned_data
        asked = Requirement.objects.filter(project=self.instance.project)
        if asked.filter(axis=sent.get("axis"), qualification=sent.get("qualification")).exists():
            self.add_error("qualification", _("It is asked for already."))
        return sent

    @transaction.atomic
    def ask(self, person: Person) -> int:
        """How many people have been given it at once."""
        requirement = self.save()
        if not self.cleaned_data["counts_in"]:
            return 0
        enrolled = Person.objects.filter(
            memberships__left_at=None,
            memberships__cohort__enrolments__project=requirement.project,
            memberships__cohort__enrolments__axis=requirement.axis,
        ).distinct()
        return Grant.objects.give(requirement.qualification, enrolled, person)
