"""What is watched, and what its changes are called. To watch a model, add a line here; migrating does the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Said = Promise | str
SET = object()  # any value where there was none


@dataclass(frozen=True)
class Kind:
    """`model` as app.Model, and what people call one of it.

    `together` is a column: rows that one statement adds or removes with the same value in it are one event, with their
    number. Of the columns, `only` those are kept, or all but those `without`; nothing that looks like a secret ever is.

    `called` is made of columns, where there is no name; `acts` say it in other words that a thing was added or removed,
    and `words` what it means that a column has got a value, or that it has lost the one it had (None).
    """

    model: str
    name: Said
    together: str = ""
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    called: Said = ""
    acts: Mapping[str, Said] = field(default_factory=dict)
    words: Mapping[tuple[str, Any], Said] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.model.lower()

    def arguments(self) -> tuple[str, ...]:
        """Of audit_note, see the migrations."""
        return self.key, self.together, ",".join(self.only), ",".join(self.without)


WATCHED = [
    Kind(
        "cohorts.Person",
        _("Account"),
        only=("email", "name", "is_active", "is_staff", "is_superuser"),
        words={
            ("is_active", False): _("Account closed"),
            ("is_active", True): _("Account opened again"),
            ("is_staff", True): _("Made staff"),
            ("is_staff", False): _("No longer staff"),
        },
    ),
    Kind(
        "cohorts.Person_user_permissions",
        _("Permission"),
        called="%(permission_id)s",
        acts={"added": _("Permission given"), "removed": _("Permission taken away")},
    ),
    Kind(
        "cohorts.SignInLink",
        _("Sign-in link"),
        only=("expires_at", "used_at"),
        acts={"added": _("Sign-in link made")},
        words={("used_at", SET): _("Sign-in link used")},
    ),
    Kind("auth.Group", _("Group of permissions")),
    Kind(
        "auth.Group_permissions",
        _("Permission of a group"),
        called=_("%(permission_id)s in %(group_id)s"),
        acts={"added": _("Permission given to a group"), "removed": _("Permission taken from a group")},
    ),
    Kind(
        "cohorts.Person_groups",
        _("Group of a person"),
        called="%(group_id)s",
        acts={"added": _("Put into a group"), "removed": _("Taken out of a group")},
    ),
    Kind(
        "mfa.Authenticator",
        _("Two-factor"),
        only=("type",),
        acts={"added": _("Two-factor set up"), "removed": _("Two-factor taken down")},
    ),
    Kind(
        "account.EmailAddress",
        _("E-mail address"),
        only=("email", "verified", "primary"),
        words={("verified", True): _("E-mail address confirmed"), ("verified", False): _("E-mail address unconfirmed")},
    ),
    Kind(
        "socialaccount.SocialAccount",
        _("Account of the provider"),
        only=("provider",),
        acts={"added": _("Tied to the provider"), "removed": _("No longer tied to the provider")},
    ),
    Kind("cohorts.Cohort", _("Cohort")),
    Kind(
        "cohorts.Invitation",
        _("Invitations"),
        together="cohort_id",
        without=("email",),
        words={("revoked_at", SET): _("Invitation revoked"), ("used", SET): _("Invitation used")},
    ),
    Kind(
        "cohorts.Membership",
        _("Member of a cohort"),
        acts={"added": _("Joined a cohort")},
        words={
            ("left_at", SET): _("Left a cohort"),
            ("left_at", None): _("Back in a cohort"),
            ("paused_at", SET): _("Paused in a cohort"),
            ("paused_at", None): _("Resumed in a cohort"),
        },
    ),
    Kind(
        "cohorts.Pause",
        _("Pause"),
        acts={"added": _("Pause with a reason")},
        words={("ended_at", SET): _("Pause ended")},
    ),
    Kind("cohorts.ConsentText", _("Consent text"), without=("text",), called=_("version %(number)s")),
    Kind(
        "cohorts.Consent",
        _("Consent"),
        called=_("version %(text_id)s"),
        acts={"added": _("Consent given")},
        words={("ended_at", SET): _("Consent taken back")},
    ),
    Kind(
        "cohorts.Withdrawal",
        _("Withdrawal from data sets"),
        acts={"added": _("Withdrew from data sets")},
        words={("back_at", SET): _("Came back into data sets")},
    ),
    Kind(
        "projects.Project",
        _("Project"),
        words={("stopped_at", SET): _("Project stopped"), ("stopped_at", None): _("Project resumed")},
    ),
    Kind(
        "projects.Role",
        _("Role"),
        called="%(kind)s",
        acts={"added": _("Role given"), "removed": _("Role taken away")},
    ),
    Kind(
        "projects.Enrolment",
        _("Enrolment"),
        called="%(axis)s",
        acts={"added": _("Cohort enrolled"), "removed": _("Enrolment ended")},
    ),
    Kind(
        "projects.GuidelineVersion",
        _("Guideline"),
        without=("text",),
        called=_("%(axis)s, version %(number)s"),
        acts={"added": _("Guideline version written")},
    ),
    Kind(
        "projects.Clarification",
        _("Clarification of a guideline"),
        without=("text",),
        called=_("version %(guideline_id)s"),
        acts={"added": _("Guideline clarified")},
    ),
    Kind(
        "projects.Round",
        _("Round"),
        called=_("Round %(number)s"),
        words={
            ("state", "open"): _("Round opened"),
            ("state", "review"): _("Round put in review"),
            ("state", "closed"): _("Round closed"),
        },
    ),
    Kind(
        "projects.RoundGuideline",
        _("Guideline of a round"),
        called=_("%(axis)s, version %(guideline_id)s in round %(round_id)s"),
        acts={"added": _("Guideline frozen for a round")},
    ),
    Kind(
        "projects.PairPolicyEntry",
        _("Model of a round"),
        called=_("%(model_version_id)s in round %(round_id)s"),
    ),
    Kind(
        "projects.ModelVersion",
        _("Model version"),
        words={("checked_at", SET): _("Model version passed its check")},
    ),
    Kind("projects.PromptSet", _("Prompt set")),
    Kind("projects.Prompt", _("Prompts"), together="prompt_set_id", without=("text",), called="%(prompt_set_id)s"),
    Kind(
        "exams.Exam",
        _("Exam"),
        without=("source", "before_removal", "instructions"),
        called=_("%(name)s, version %(version)s"),
        words={("published_at", SET): _("Exam published"), ("retired_at", SET): _("Exam retired")},
    ),
    Kind(
        "exams.Exam_cohorts",
        _("Exam of a cohort"),
        called="%(exam_id)s",
        acts={"added": _("Exam offered to a cohort"), "removed": _("Exam no longer offered to a cohort")},
    ),
    Kind("exams.Part", _("Part of an exam"), without=("instructions",)),
    Kind(
        "exams.Item",
        _("Items of an exam"),
        together="part_id",
        without=("question", "options", "first", "second", "rubric", "why"),
        called="%(part_id)s",
    ),
    Kind("exams.Grade", _("Grade"), without=("remark",), acts={"added": _("Text graded")}),
    Kind(
        "quality.Review",
        _("Review of a judgement"),
        without=("reason",),
        called="%(judgement_id)s",
        acts={"added": _("Judgement reviewed")},
    ),
    Kind(
        "datasets.Snapshot",
        _("Snapshot"),
        without=(
            *("wanted", "state", "attempt", "tries", "beat_at", "done", "total", "error", "made_by_id", "erased_by_id"),
            *("counted_at", "provisional", "counts", "counting_seconds", "writing_seconds", "artifact"),
        ),
        called=_("Snapshot %(number)s"),
        acts={"added": _("Snapshot asked for")},
        words={
            ("erased_at", SET): _("Snapshot erased"),
            ("ready_at", SET): _("Snapshot made"),
            ("cancel_asked_at", SET): _("Snapshot cancelled"),
            ("cancel_asked_at", None): _("Snapshot tried again"),
        },
    ),
    Kind("datasets.Use", _("Use of a snapshot"), called="%(name)s", acts={"added": _("Model trained on a snapshot")}),
    Kind(
        "datasets.Push",
        _("Push to a hub"),
        without=("told_at", "done", "total", "state", "error", "by_id", "begun_at"),
        acts={"added": _("Push to a hub begun")},
        words={("address", SET): _("Pushed to a hub"), ("cancel_asked_at", SET): _("Push to a hub cancelled")},
    ),
    Kind(
        "datasets.Import",
        _("Import"),
        without=(
            *("size", "mapping", "state", "attempt", "tries", "beat_at", "done", "read", "fitting", "wrong"),
            *("duplicates", "error", "checked_at", "made_by_id"),
        ),
        called="%(name)s",
        acts={"added": _("Import begun"), "removed": _("Import removed with its prompt set")},
        words={("stored_at", SET): _("Import stored"), ("cancel_asked_at", SET): _("Import cancelled")},
    ),
    Kind("exams.Qualification", _("Qualification"), called=_("%(name)s, version %(version)s")),
    Kind(
        "exams.Grant",
        _("Qualification of a person"),
        called="%(qualification_id)s",
        acts={"added": _("Qualification granted")},
        words={("ended_at", SET): _("Qualification taken back")},
    ),
    Kind(
        "exams.Requirement",
        _("Required qualification"),
        called="%(qualification_id)s, %(axis)s",
        acts={"added": _("Qualification required"), "removed": _("Qualification no longer required")},
    ),
    Kind(
        "quality.GoldAnswer",
        _("Known answer"),
        without=("answers", "right", "trusted", "missed"),
        called="%(comparison_id)s, %(axis)s",
        acts={"added": _("Known answer added")},
        words={
            ("retired_at", SET): _("Known answer retired"),
            ("confirmed_at", SET): _("Known answer confirmed"),
            ("suspended_at", SET): _("Known answer suspended"),
        },
    ),
    Kind(
        "quality.NotProposed",
        _("Comparison that is no known answer"),
        called="%(comparison_id)s, %(axis)s",
        acts={"added": _("Known answer not wanted")},
    ),
]
DOWNLOAD = Kind(
    "datasets.Download",
    _("Download of a data set"),
    called=_("Snapshot %(number)s"),
    acts={"made": _("Data set downloaded")},
)
KINDS = {kind.key: kind for kind in (*WATCHED, DOWNLOAD)}
