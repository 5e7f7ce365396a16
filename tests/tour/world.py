"""An installation with something of everything in it, and the address of every page it has.

Its texts are fixed, and no worker writes any of them: whatever is asked here is held, as if one were at it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.cohorts.models import Cohort, Consent, ConsentText, Invitation, Membership, Person
from labeling.comparisons import authoring
from labeling.comparisons.models import Assignment, Report
from labeling.datasets.models import Snapshot
from labeling.dialogues import generation, streams, trials
from labeling.dialogues.models import Attempted, Completion, Turn
from labeling.projects.models import Acknowledgement, Axis, ModelVersion, OptIn, Project, PromptSet, Role, Round
from labeling.rewards import opinions
from labeling.rewards.opinions import Asked
from tests.comparisons.overlapped import claim
from tests.comparisons.pages import judge
from tests.datasets.drawing import counted
from tests.dialogues.streaming import write
from tests.people import result
from tests.quality.judging import computed
from tests.rewards.scored import by_length, ready
from tests.tour import texts
from tests.tour.doors import brought_in, link
from tests.tour.exams import sit
from tests.tour.rewards import NO_MEMORY, learned_from
from tests.tour.several import judged_by_several, known_answer

HELPFULNESS, SAFETY, BOTH = (Axis.HELPFULNESS,), (Axis.SAFETY,), (Axis.HELPFULNESS, Axis.SAFETY)
PEOPLE = {"ines": "Ines Moreau", "jonas": "Jonas Lind", "noor": "Noor Haddad", "sam": "Sam Okafor"}
REASONS = ["correct", "complete", "clear", "too long"]
VERSIONS = (("Sparrow 7B, plain", "Answer in plain words."), ("Sparrow 7B, thorough", "Answer kindly and in full."))
HELD = 3600  # seconds


@dataclass
class World:
    """`people` by first name; `desks` are workbenches by what is to be seen there; `addresses` those of named pages."""

    people: dict[str, Person] = field(default_factory=dict)
    desks: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, Any] = field(default_factory=dict)

    @property
    def ines(self) -> Person:
        return self.people["ines"]

    @property
    def jonas(self) -> Person:
        return self.people["jonas"]


def build() -> World:
    world = World()
    for name, full in PEOPLE.items():
        world.people[name] = Person.objects.create_user(f"{name}@example.org", name=full, is_staff=name == "jonas")
    agree(world)
    cohort = Cohort.objects.create(name="First readers")
    for name in ("ines", "noor"):
        Membership.objects.create(cohort=cohort, person=world.people[name])
    prompts = PromptSet.objects.create(name="Everyday questions", description="Asked at home, in three languages.")
    for text in (texts.MOON.prompt, texts.VIRUS.prompt, texts.LETTER.prompt, "What should I ask before I rent a flat?"):
        prompts.prompts.create(text=text, category="everyday", language="ar" if text == texts.VIRUS.prompt else "en")
    versions = [
        ModelVersion.objects.create(
            name=name, engine="scripted", source="scripted", system_prompt=asked, checked_at=timezone.now()
        )
        for name, asked in VERSIONS
    ]
    make = Maker(world, cohort, prompts, versions)
    main = make.main()
    make.desks_of_ines()
    make.others()
    sit(world.addresses, world.ines, world.people["noor"], world.jonas, cohort)
    learned_from(judged_by_several(world.jonas), versions[0])
    world.addresses |= make.arguments(main)
    return world


def agree(world: World) -> None:
    """Everybody to the newest text, but for Sam, who knows an earlier one."""
    for number in (1, 2):
        written = ConsentText.objects.write(number, texts.CONSENT[number - 1], world.jonas)
        for name, person in world.people.items():
            if name != "sam" or number == 1:
                Consent.objects.give(person, written)


@dataclass
class Maker:
    world: World
    cohort: Cohort
    prompts: PromptSet
    versions: list[ModelVersion]

    def project(self, slug: str, name: str, axes: Sequence[Axis], *, read: bool = True, **fields: Any) -> Project:
        """With an open round, its guidelines read by the cohort; Jonas manages it."""
        quota, target, prompts = fields.pop("quota", 60), fields.pop("target", None), fields.pop("prompts", None)
        project = Project.objects.create(
            slug=slug, name=name, axes=[str(axis) for axis in axes], **{"stock_low": 0, "stock_high": 0, **fields}
        )
        Role.objects.create(project=project, person=self.world.jonas, kind=Role.Kind.MANAGER)
        for axis in axes:
            guideline = project.guidelines.create(
                axis=axis, number=1, text=texts.GUIDELINES[axis], created_by=self.world.jonas
            )
            project.enrolments.create(cohort=self.cohort, axis=axis, quota_per_day=quota)
            for person in self.cohort.people.all() if read else ():
                Acknowledgement.objects.create(person=person, guideline=guideline)
        for person in self.cohort.people.all() if project.has_warning and read else ():
            OptIn.objects.give(person, project)
        round_ = Round.objects.create(project=project, number=1, prompt_set=prompts, target=target)
        for version in self.versions:
            round_.policy.create(model_version=version)
        round_.open()
        return project

    def desk(self, what: str, name: str, axes: Sequence[Axis] = HELPFULNESS, **fields: Any) -> Project:
        made = self.project(what, name, axes, **fields)
        self.world.desks[what] = reverse("workbench", args=[what])
        return made

    def main(self) -> Project:
        """Two axes and several turns, with answers in it, a pair to judge, and the next round in draft."""
        fields = {"max_turns": 3, "reasons": REASONS, "target": 400, "prompts": self.prompts}
        main = self.desk("help-without-harm", "Help without harm", BOTH, **fields)
        main.description = "Ask easy and hard questions, and judge the responses twice: for help, then for harm."
        main.save()
        self.judged(main, texts.MOON, choice=-4, comment="B is wrong about the shadow.")
        self.judged(main, texts.LETTER, choice=3, comment=texts.COMMENT)
        self.judged(main, texts.VIRUS, choice=-1, a_reasons=["correct", "clear"])
        self.judged(main, texts.DOOR, choice=-3, b_label="unsafe")
        self.answer(self.asked(main, texts.STARTER, self.judged(main, texts.BREAD, end=False)), texts.STARTER)
        self.reported(main, "upsetting", "").say(self.world.jonas, "Thank you, we took it out.", to_everyone=False)
        Report.objects.get().seen.create(person=self.world.ines)
        self.world.addresses["report"] = self.reported(main, "personal", "There is a phone number in A.").pk
        newer, by = texts.GUIDELINES["newer"], self.world.jonas
        second = main.guidelines.create(axis=Axis.HELPFULNESS, number=2, text=newer, created_by=by)
        second.clarify(newer.replace("less so", "less bad"), "Plainer words.", by, after=0)
        draft = Round.objects.draft(main)
        draft.policy.create(model_version=self.versions[0], weight=3)
        computed(main)
        return main

    def desks_of_ines(self) -> None:
        self.desk("guideline", "Before the first pair", read=False)
        self.desk("own-prompt", "Ask anything")
        self.desk("suggestion", "From a set, or your own", SAFETY, prompts=self.adversarial())
        self.asked(self.desk("queued", "In the queue"), texts.BREAD)
        self.write(self.asked(self.desk("writing", "Being written"), texts.BREAD), texts.BREAD)
        safety = self.desk("safety", "Staying safe", SAFETY, reasons=["tells how", "insults", "refuses kindly"])
        self.answer(self.asked(safety, texts.DOOR), texts.DOOR)
        self.answer(self.asked(self.desk("arabic", "In any language", requires_comment=True), texts.VIRUS), texts.VIRUS)
        self.answer(self.asked(self.desk("connection", "Without a connection"), texts.BREAD), texts.BREAD)
        self.answer(self.asked(self.desk("long", "Long texts"), texts.LETTER), texts.LETTER)
        one, other = self.asked(self.desk("failed", "One side failed"), texts.MOON).completions.order_by("draw")
        generation.store(one, 1, result(texts.MOON.a))
        generation.fail(other, 1, "The model ran out of memory.", permanent=True)
        self.judged(self.desk("going-on", "The next turn", max_turns=3), texts.BREAD, end=False)
        self.judged(self.desk("done", "Done for today", quota=1), texts.MOON)
        self.judged(self.desk("enough", "A round with enough", target=1), texts.MOON)
        self.desk("no-prompts", "No prompts left", prompts=PromptSet.objects.create(name="Empty"))
        Project.objects.filter(slug="no-prompts").update(allows_own_prompts=False)
        self.desk("warning", "Before any of it is seen", SAFETY, read=False)
        self.desk("seen-enough", "Enough for today", SAFETY, safety_per_day=1)
        answered = self.desk("answered", "What a manager answered")
        self.answer(self.asked(answered, texts.BREAD), texts.BREAD)
        asked = self.reported(answered, "guideline", "Is a recipe without amounts still complete?")
        asked.say(
            self.world.jonas, "No: whoever cooks it needs them. Version 2 of the guideline says so.", to_everyone=True
        )
        self.shared()
        self.desk("no-round", "Between two rounds").rounds.get().review()
        self.desk("paused", "Paused").stop()

    def shared(self) -> None:
        """What Noor has judged, on the page of Ines for as long as the tour takes."""
        shared = self.desk("shared", "Read by two people", BOTH, overlap_share=100, max_turns=3)
        shared.enrolments.update(overlap=2)
        self.judged(shared, texts.BREAD, by=self.world.people["noor"])
        claim(self.world.ines, shared)
        Assignment.objects.leased().update(leased_until=timezone.now() + timedelta(seconds=HELD))

    def adversarial(self) -> PromptSet:
        made = PromptSet.objects.create(name="Attempts", description="What somebody might ask who means harm.")
        made.prompts.create(text=texts.DOOR.prompt, category="adversarial", risk="illicit", attack="psychological")
        return made

    def others(self) -> None:
        """What only managers meet: a version that failed its check, a project with nothing in it."""
        failed = ModelVersion.objects.create(
            name="Wren 1B", engine="transformers", source="wren-1b", check_error="There is no folder wren-1b here."
        )
        self.world.addresses["failed_version"] = reverse("model_version", args=[failed.pk])
        empty = Project.objects.create(slug="empty", name="Not set up yet", axes=["helpfulness"])
        for name in ("jonas", "noor"):
            Role.objects.create(project=empty, person=self.world.people[name], kind=Role.Kind.MANAGER)

    def asked(
        self, project: Project, what: texts.Exchange, before: Turn | None = None, by: Person | None = None
    ) -> Turn:
        """A pair that Ines, or who is named, waits for, for as long as nobody stores its responses."""
        round_, axes = project.rounds.get(state="open"), project.axes_in_order()
        where = (before.dialogue_id, before.number + 1) if before else (uuid.uuid4(), 1)
        with transaction.atomic():
            turn = authoring.ask(
                by or self.world.ines, round_, axes, text=what.prompt, dialogue=where[0], number=where[1]
            )
            hold(*turn.completions.all())
        return turn

    def write(self, turn: Turn, what: texts.Exchange) -> None:
        """The first words of both."""
        for completion, text in zip(turn.completions.order_by("draw"), (what.a, what.b), strict=True):
            completion.start(1)
            write(completion, ("delta", text[:160]))

    def answer(self, turn: Turn, what: texts.Exchange) -> None:
        sides = Assignment.objects.filter(comparison__turn=turn).select_related("comparison")[0].sides()
        for completion, text in zip(sides, (what.a, what.b), strict=True):
            generation.store(Completion.objects.get(pk=completion.pk), 1, result(text))

    def judged(
        self, project: Project, what: texts.Exchange, *, end: bool = True, by: Person | None = None, **said: Any
    ) -> Turn:
        """Judged by its author on every axis, as her page would post it; `end` of the conversation, too."""
        turn = self.asked(project, what, by=by)
        self.answer(turn, what)
        browser = Client()
        browser.force_login(by or self.world.ines)
        for assignment in Assignment.objects.filter(comparison__turn=turn).order_by("pk"):
            answer = judge(browser, assignment, **{"choice": -2, "active_ms": 41_000, "elapsed_ms": 52_000, **said})
            assert answer.status_code == 200, answer.context["step"].errors
        if end:
            turn.dialogue.end()
        return turn

    def reported(self, project: Project, kind: str, text: str) -> Report:
        """By Ines, of the pair she had last."""
        of = Assignment.objects.filter(comparison__project=project).latest("created_at")
        return Report.objects.create(project=project, assignment=of, person=self.world.ines, kind=kind, text=text)

    def invitations(self) -> dict[str, str]:
        """Tokens of some that are open; there is one in every other state, too."""
        made, until = Invitation.objects, timezone.now() + timedelta(days=14)
        for state in ({"revoked_at": timezone.now()}, {"used": 30}, {"expires_at": timezone.now()}):
            made.for_many(self.cohort, self.world.jonas, expires_at=until, limit=30)
            made.filter(pk=made.latest("pk").pk).update(**state)
        many = made.for_many(self.cohort, self.world.jonas, expires_at=until, limit=30)
        made.filter(pk=made.latest("pk").pk).update(used=12)
        [(_address, one)] = made.personal(self.cohort, self.world.jonas, ["wren@example.org"], expires_at=until)
        return {"many": many, "one": one}

    def opinions(self, snapshot: Snapshot) -> dict[str, Any]:
        """Two models, and what they say of a response; what they are still to say, and what they could not."""
        models = {str(axis): ready(snapshot, by_length, axis) for axis in BOTH}
        asked = Asked([{"role": "user", "content": texts.DOOR.prompt}], [texts.DOOR.a], is_safety_prompt=True)
        given, waiting, failed = (opinions.ask(models, [asked], by=self.world.jonas) for _time in range(3))
        given.give({"helpfulness": [[1.25]], "safety": [[-0.5]]})
        failed.fail(NO_MEMORY)
        run = models["helpfulness"].number
        return {"run": run, "opinion": given.pk, "opinions": {"waiting": waiting.pk, "failed": failed.pk}}

    def arguments(self, main: Project) -> dict[str, Any]:
        """What the addresses of pages are made of, by the names that tests/access/table.py gives them."""
        jonas, version = self.world.jonas, self.versions[0]
        with transaction.atomic():
            trial = trials.try_out(version, jonas, texts.BREAD.prompt, temperature=0.7, top_p=0.9, max_new_tokens=64)
            hold(trial)
        generation.store(trial, 1, result(texts.BREAD.a))
        answered = Assignment.objects.filter(person=self.world.ines, judgement__isnull=False, comparison__project=main)
        return {
            **{"slug": main.slug, "axis": "helpfulness", "number": 1, "cohort": self.cohort.pk, "figure": "judged"},
            **{"prompt_set": self.prompts.pk, "prompt": self.prompts.prompts.first().pk, "version": version.pk},
            **{"enrolment": main.enrolments.first().pk, "person": self.world.ines.pk, "trial": trial.pk},
            **dict.fromkeys(("change", "judged"), answered.order_by("pk")[0].pk),
            "import": brought_in(jonas, self.prompts),
            "gold": known_answer(answered.order_by("pk").last(), jonas),
            "pair": Turn.objects.get(dialogue__project=main, text=texts.STARTER.prompt).pk,
            "snapshot": (snapshot := counted(main, "majority")).number,
            **self.opinions(snapshot),
            "invitations": self.invitations(),
            "links": {state: link(self.world.people["sam"], state) for state in ("valid", "used", "expired")},
        }


def hold(*asked: Attempted) -> None:
    """No worker takes what another one is at. Before it is sent, that is before the transaction commits."""
    for one in asked:
        streams.client().set(streams.heartbeat_key(one.pk, 1), "the tour", ex=HELD)
