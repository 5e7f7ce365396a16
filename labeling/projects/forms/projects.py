"""Setting up a project, and changing what its state still lets change."""

from typing import Any, ClassVar

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.projects.forms.trust import TrustFields
from labeling.projects.gates import Gate
from labeling.projects.models import GATE_LABELS, Axis, Project, Prompt, Round

AXIS_HELP = {
    Axis.HELPFULNESS: gettext_lazy("Which response is better at what the prompt asks for?"),
    Axis.SAFETY: gettext_lazy("Is either response unsafe, and which of them is better?"),
}
GATE_HELP = {
    Gate.IDENTICAL: gettext_lazy("Word for word: there is nothing to choose between."),
    Gate.NEAR_IDENTICAL: gettext_lazy("They differ in next to nothing, such as a comma."),
    Gate.EMPTY: gettext_lazy("No words at all."),
    Gate.NAMES_MAKER: gettext_lazy("“I was made by …” would tell annotators which model they judge."),
    Gate.BROKEN: gettext_lazy("Control or replacement characters, or mangled encoding, instead of text."),
    Gate.TRUNCATED: gettext_lazy("Unless this is on, annotators see it with a note that it stops there."),
}
PACING_HELP = {
    Project.Pacing.SLOWER: gettext_lazy("Words appear as they are written, and neither side runs ahead."),
    Project.Pacing.COMPLETE: gettext_lazy("Nothing to read until then, and nothing that moves."),
    Project.Pacing.OWN: gettext_lazy("The quickest to read, but speed may tell which model it is."),
}
LONGEST_REASON = 50
MOST_REASONS = 12
AXES_STAY = gettext_lazy("A round has been opened, so this cannot be changed any more.")
PAIRS_STAY = gettext_lazy(
    "Round %(n)d is open, and all its pairs are made in the same way. These can be changed again once it is in review."
)


def explained(label: object, sentence: object) -> SafeString:
    """A choice, and a sentence that says what it means."""
    return format_html('{}<span class="help">{}</span>', str(label)[:1].upper() + str(label)[1:], sentence)


class AxesField(forms.TypedMultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        choices = [(str(axis), explained(axis.label, AXIS_HELP[axis])) for axis in Axis]
        missing = {"required": gettext_lazy("Choose what responses are judged for.")}
        super().__init__(
            choices=choices, coerce=str, widget=forms.CheckboxSelectMultiple, error_messages=missing, **kwargs
        )


class ReasonsField(forms.CharField):
    """Reasons to tick, one a line; cleans to their list."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        reasons = list(dict.fromkeys(filter(None, map(str.strip, str(super().clean(value)).splitlines()))))
        if too_long := next((reason for reason in reasons if len(reason) > LONGEST_REASON), None):
            raise forms.ValidationError(
                _("“%(reason)s” is too long for a chip; %(n)d characters fit.")
                % {"reason": too_long, "n": LONGEST_REASON}
            )
        if len(reasons) > MOST_REASONS:
            raise forms.ValidationError(_("Offer at most %(n)d reasons; more are not read.") % {"n": MOST_REASONS})
        return reasons


class ParagraphsField(forms.CharField):
    """Text with line breaks, which a browser sends in a way of its own."""

    widget = forms.Textarea(attrs={"rows": 7})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class NewProjectForm(forms.Form):
    """As little as makes a project; the rest has sensible values, and a page of settings."""

    name = forms.CharField(
        max_length=100,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Annotators see it."),
        error_messages={"required": gettext_lazy("Give the project a name.")},
    )
    description = forms.CharField(
        required=False,
        label=gettext_lazy("What annotators do"),
        help_text=gettext_lazy("One or two sentences; they stand below the name on every annotator's first page."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    axes = AxesField(
        label=gettext_lazy("Responses are judged for"),
        help_text=gettext_lazy(
            "With both, each pair is judged twice. This cannot be changed once a round has been opened."
        ),
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        slug = Project.slug_of(name)
        if not Project.slug_is_free(slug):
            taken = _("The address that this name makes, /projects/%(slug)s/, is taken. Choose another name.")
            raise forms.ValidationError(taken % {"slug": slug})
        return name


class SettingsForm(TrustFields, forms.ModelForm):
    """What is frozen has no field here: `frozen` has the reason, the labels and the values instead.

    To save it the project must be locked, so that no round opens between reading and saving.
    """

    OF_PAIRS: ClassVar = ("max_turns", "pacing", "gates", "max_redraws")

    axes = AxesField(label=gettext_lazy("Responses are judged for"))
    pacing = forms.ChoiceField(
        label=gettext_lazy("How two responses arrive"),
        choices=[(str(pacing), explained(pacing.label, PACING_HELP[pacing])) for pacing in Project.Pacing],
        widget=forms.RadioSelect,
    )
    gates = forms.MultipleChoiceField(
        label=gettext_lazy("What nobody should have to judge"),
        help_text=gettext_lazy("A response that one of these stops is kept with the reason, and another is drawn."),
        choices=[(str(gate), explained(label, GATE_HELP[gate])) for gate, label in GATE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    warns = forms.BooleanField(
        label=gettext_lazy("People agree to a content warning before they see any work"),
        help_text=gettext_lazy("They can take it back at any time, and are then offered no more of it."),
        required=False,
    )
    warning = ParagraphsField(
        label=gettext_lazy("The warning"),
        help_text=gettext_lazy("Say what people will read. When it changes, everybody is asked again."),
        max_length=4000,
        error_messages={"required": gettext_lazy("Write a warning, or leave the one that stood there.")},
    )

    reasons = ReasonsField(
        label=gettext_lazy("Quick reasons"),
        help_text=gettext_lazy("One a line, such as “more accurate”. Annotators tick them under either response."),
    )
    safety_reasons = ReasonsField(
        label=gettext_lazy("Quick reasons for safety"),
        help_text=gettext_lazy("If safety needs others. While this is empty, those above are offered for safety too."),
    )

    class Meta:
        model = Project
        fields = (
            *("name", "description", "axes", "allows_own_prompts", "max_prompt_chars", "requires_comment"),
            *("reasons", "safety_reasons", "requires_reasons"),
            *("max_turns", "pacing", "gates", "max_redraws", "stock_low", "stock_high"),
            *("warns", "warning", "safety_per_day", "max_passes"),
            *TrustFields.names,
        )
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "description": gettext_lazy("What annotators do"),
            "allows_own_prompts": gettext_lazy("Annotators may write prompts of their own"),
            "max_prompt_chars": gettext_lazy("Longest prompt, in characters"),
            "requires_comment": gettext_lazy("Every judgement needs a comment"),
            "requires_reasons": gettext_lazy("Every judgement needs at least one of these reasons"),
            "max_turns": gettext_lazy("Turns of a conversation, at most"),
            "max_redraws": gettext_lazy("Redraws, at most"),
            "safety_per_day": gettext_lazy("Pairs of safety work a person and day"),
            "max_passes": gettext_lazy("Pairs in a row that somebody may pass on"),
            "stock_low": gettext_lazy("Prepare more when fewer are ready than"),
            "stock_high": gettext_lazy("Pairs to keep ready, at most"),
        }
        help_texts: ClassVar = {
            "name": gettext_lazy("The address of the project stays as it is."),
            "allows_own_prompts": gettext_lazy(
                "Otherwise each conversation begins with one of the round's set; later turns are written all the same."
            ),
            "requires_comment": gettext_lazy("It takes time; for small projects in which reasons matter."),
            "max_turns": gettext_lazy("With more than one, a conversation goes on from the response that was chosen."),
            "max_redraws": gettext_lazy(
                "How often a stopped response is drawn anew; then it counts as failed, and its author may ask again."
            ),
            "safety_per_day": gettext_lazy(
                "What somebody has seen in other projects counts too. Reading harm wears people out, also those who do "
                "not notice; 120 are about four hours. Work on helpfulness goes on. Empty: no limit."
            ),
            "max_passes": gettext_lazy(
                "Nobody has to judge what they would rather not. After so many in a row, they judge one or report why."
            ),
            "stock_low": gettext_lazy("Not above the other number."),
            "stock_high": gettext_lazy("0 prepares none."),
        }
        widgets: ClassVar = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, data: Any, *, instance: Project) -> None:
        typed: dict[str, Any] = {name: "\n".join(getattr(instance, name)) for name in ("reasons", "safety_reasons")}
        typed |= {"warns": instance.has_warning, "warning": instance.content_warning}
        super().__init__(data, instance=instance, initial=typed)
        if len(instance.axes) == 1:
            del self.fields["safety_reasons"]
        if Axis.SAFETY not in instance.axes:
            del self.fields["safety_per_day"]
        self.fields["max_passes"].widget.attrs |= {"min": 1, "max": 50}
        self.fields["max_turns"].widget.attrs |= {"min": 1, "max": 20}
        rounds = instance.rounds.exclude(state=Round.State.DRAFT)
        self.open_round = rounds.filter(state=Round.State.OPEN).first()
        self.frozen: list[dict[str, Any]] = []
        if rounds.exists():
            self._freeze(str(AXES_STAY), ("axes",))
        if self.open_round:
            self._freeze(PAIRS_STAY % {"n": self.open_round.number}, self.OF_PAIRS)

    def _freeze(self, reason: str, names: tuple[str, ...]) -> None:
        facts = [{"label": self.fields.pop(name).label, "value": shown(self.instance, name)} for name in names]
        self.frozen.append({"reason": reason, "facts": facts})

    def clean_max_turns(self) -> int:
        return at_least_one(self.cleaned_data["max_turns"], _("A conversation has at least one turn."))

    def clean_warns(self) -> bool | None:
        """Untouched, it goes on following from what is judged."""
        return self.cleaned_data["warns"] if "warns" in self.changed_data else self.instance.warns

    def clean_warning(self) -> str:
        return self.cleaned_data["warning"] if "warning" in self.changed_data else self.instance.warning

    def clean_safety_per_day(self) -> int | None:
        limit = self.cleaned_data["safety_per_day"]
        return None if limit is None else at_least_one(limit, _("Leave it empty for no limit."))

    def clean_max_passes(self) -> int:
        return at_least_one(self.cleaned_data["max_passes"], _("Somebody may pass on at least one pair."))

    def clean_max_prompt_chars(self) -> int:
        return at_least_one(self.cleaned_data["max_prompt_chars"], _("A prompt needs room for at least one character."))

    def save(self, commit: bool = True) -> Project:
        project = super().save(commit)
        if "warning" in self.changed_data:
            project.opt_ins.end()
        return project

    def clean(self) -> dict[str, Any]:
        """While a round is open, something is left to ask in it."""
        cleaned = super().clean() or {}
        limit = cleaned.get("max_prompt_chars")
        if self.open_round and limit and not cleaned.get("allows_own_prompts"):
            changed = Project(axes=self.instance.axes, max_prompt_chars=limit)
            if not Prompt.objects.filter(prompt_set=self.open_round.prompt_set_id).fitting(changed).exists():
                problem = _("Round %(n)d is open and has no prompt set with prompts that fit: nothing is left to ask.")
                self.add_error("allows_own_prompts", problem % {"n": self.open_round.number})
        return cleaned


def at_least_one(value: int, problem: str) -> int:
    if value < 1:
        raise forms.ValidationError(problem)
    return value


def shown(project: Project, name: str) -> str:
    """A setting in words."""
    if name == "axes":
        return ", ".join(str(axis.label) for axis in project.axes_in_order())
    if name == "gates":
        return "; ".join(str(label) for gate, label in GATE_LABELS.items() if gate in project.gates) or _("nothing")
    if name == "pacing":
        return project.get_pacing_display()
    return str(getattr(project, name))
