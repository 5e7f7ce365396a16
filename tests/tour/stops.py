"""Every page of Tandem, and every state of it that looks different: where it is, for whom, and what is done there.

The pages come from the table of URLs that tests/access/table.py keeps whole, so that no new one can be left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from tests.access.table import ADMIN, ANNOTATOR, RULES, THEIRS
from tests.tour import rewards, several
from tests.tour.acts import (
    Act,
    blurred,
    came_back,
    click,
    come_in,
    empty_prompt,
    invited,
    keys,
    made,
    offline,
    opened,
    practised,
    press,
    served,
    signed_out,
    stacked,
    stay,
    too_long,
    wrong_address,
    wrong_password,
)
from tests.tour.world import World

NO_PAGES = {"metrics", "meanwhile", "run_report"}  # for a monitor; met at the workbench; a file
PARTS_COME_LATER = {"round", "round_policy"}


@dataclass(frozen=True)
class Stop:
    name: str
    who: str  # by first name; empty for somebody who has not signed in
    path: str
    act: Act = stay

    @property
    def narrow(self) -> bool:
        """Whether one wants to see it at the width of a telephone, too."""
        return self.name in {
            "home-annotator",
            "mine",
            "people",
            "hours",
            "sign-in",
            "join",
            "join-wrong",
            "join-closed",
            "consent-changed",
            "profile-withdraw",
            "exam",
            "exam_results",
            "grading",
            "holding",
            "test",
            "invitations",
            "round",
            "workbench-long",
            "workbench-safety",
            "workbench-suggestion",
            "workbench-draft",
            "attempt",
            "run-ready",
            "run-rounds-several",
        }


def stops(world: World) -> list[Stop]:
    return [*managers(world), *annotators(world), *states(world), *doors(world), *errors()]


def managers(world: World) -> Iterator[Stop]:
    """The pages of the table, and some of their forms when they come back."""
    for name, rule in RULES.items():
        theirs = ADMIN in rule.who and ANNOTATOR not in rule.who
        if theirs and "GET" in rule.methods and name not in NO_PAGES:
            address = reverse(name, args=[world.addresses[argument] for argument in rule.arguments])
            yield Stop(name, "jonas", address, come_in if name in PARTS_COME_LATER else stay)
    slug = world.addresses["slug"]
    for what, address in (*several.pages(), *rewards.pages()):
        yield Stop(what, "jonas", address)
    for state, opinion in world.addresses["opinions"].items():
        asked = reverse("run_opinion", args=[slug, world.addresses["run"], opinion])
        yield Stop(f"run_opinion-{state}", "jonas", asked)
    yield Stop("people-nobody", "jonas", "/people/?q=nobody")
    yield Stop("person-acts", "jonas", reverse("person", args=[world.addresses["person"]]), opened("Move, pause"))
    cohort = reverse("invitations", args=[slug, world.addresses["cohort"]])
    yield Stop("invitation-link-made", "jonas", f"{cohort}link/", made("Make the link"))
    yield Stop("invitation-people-wrong", "jonas", f"{cohort}people/", press("Make the links"))
    yield Stop("invitation-people-made", "jonas", f"{cohort}people/", invited)
    yield Stop("home-manager", "jonas", "/")
    yield Stop("home-newcomer", "sam", "/")
    yield Stop("project-empty", "jonas", "/projects/empty/")
    yield Stop("project-stopped", "jonas", "/projects/paused/")
    yield Stop("round-draft", "jonas", f"/projects/{slug}/rounds/2/")
    yield Stop("round-enough", "jonas", "/projects/enough/rounds/1/", come_in)
    yield Stop("round-review", "jonas", "/projects/no-round/rounds/1/", come_in)
    compared = reverse("guideline_differences", args=[slug, "helpfulness"])
    yield Stop("guideline-differences-shown", "jonas", f"{compared}?from=1&to=2")
    yield Stop("judgements-models", "jonas", f"/projects/{slug}/rounds/1/judgements/?models=1")
    yield Stop("leases-held", "jonas", "/projects/shared/leases/")
    yield Stop("judgements-empty", "jonas", "/projects/own-prompt/rounds/1/judgements/")
    yield Stop("reports-empty", "jonas", "/projects/own-prompt/reports/")
    yield Stop(
        "reported-unanswered", "jonas", f"/projects/{slug}/reports/{world.addresses['report']}/", press("Answer")
    )
    yield Stop("exam-from-template", "jonas", "/exams/new/?template=language")
    yield Stop("exam-wrong", "jonas", "/exams/new/", press("Save the draft"))
    yield Stop("exam-taken", "jonas", f"/exams/{world.addresses['taken']}/results/")
    yield Stop("exam-items", "jonas", f"/exams/{world.addresses['taken']}/", click(".whole-part summary >> nth=0"))
    draft = world.addresses["exam"]
    yield Stop("exam-item-pair", "jonas", reverse("exam_item", args=[draft, 1, 2]))
    yield Stop(
        "exam-item-new", "jonas", f"{reverse('exam_item', args=[draft, 1, 0])}?kind=choice", press("Save the item")
    )
    yield Stop("exam-published", "jonas", f"/exams/{world.addresses['taken']}/")
    yield Stop("grading-wrong", "jonas", "/exams/grading/", press("Give this grade"))
    yield Stop("grading-empty", "noor", "/exams/grading/")
    yield Stop("holding-taking", "jonas", reverse("holding", args=[world.addresses["person"]]), click(".act > summary"))
    yield Stop("model-failed", "jonas", world.addresses["failed_version"])
    yield Stop("project-new-wrong", "jonas", "/projects/new/", press("Make the project"))
    yield Stop("prompts-add-wrong", "jonas", f"/prompts/{world.addresses['prompt_set']}/add/", press("Add"))
    yield Stop(
        "stopping",
        "jonas",
        f"/projects/{slug}/settings/",
        lambda page: page.locator("details.danger > summary").click(),
    )


def annotators(world: World) -> Iterator[Stop]:
    yield Stop("profile", "ines", "/profile/")
    yield Stop("hours", "ines", "/hours/")
    yield Stop("hours-none", "ines", "/hours/?month=2020-02")
    yield Stop("profile-withdraw", "ines", "/profile/", click("details.danger > summary"))
    yield Stop("consent", "ines", "/consent/")
    yield Stop("consent-changed", "sam", "/consent/")
    yield Stop("password-set", "ines", "/accounts/password/set/")
    yield Stop("password-wrong", "ines", "/accounts/password/set/", press("Set a password"))
    yield Stop("home-both", "noor", "/")
    yield Stop("tests", "ines", "/tests/")
    yield Stop("attempt-ended", "noor", reverse("attempt", args=[world.addresses["handed_in"]]))
    yield Stop("practice-checked", "ines", reverse("test_practice", args=[world.addresses["test"]]), practised)
    yield Stop("home-annotator", "ines", "/")
    for name, rule in RULES.items():
        if rule.who != THEIRS or "GET" not in rule.methods or name in NO_PAGES:
            continue
        yield Stop(name, "ines", reverse(name, args=[world.addresses.get(name, world.addresses["slug"])]))
    yield Stop("mine-empty", "ines", reverse("mine", args=["own-prompt"]))
    yield Stop("reports-of-nobody", "ines", reverse("my_reports", args=["own-prompt"]))


def states(world: World) -> Iterator[Stop]:
    """The workbench, in all it can be."""
    for what, path in world.desks.items():
        yield Stop(f"workbench-{what}", "ines", path)
    pair, safety = world.desks["help-without-harm"], world.desks["safety"]
    yield Stop("workbench-chosen", "ines", pair, keys("2"))
    yield Stop("workbench-earlier", "ines", pair, click(".earlier summary"))
    yield Stop("workbench-comment", "ines", pair, keys("c"))
    yield Stop("workbench-guideline-open", "ines", pair, keys("g"))
    yield Stop("workbench-view", "ines", pair, keys("v"))
    yield Stop("workbench-stacked", "ines", pair, stacked)
    yield Stop("workbench-keys", "ines", pair, keys("?"))
    for panel, key in {"cannot": "x", "pass": "s", "report": "r"}.items():
        yield Stop(f"workbench-{panel}", "ines", pair, keys(key))
    yield Stop("workbench-menu", "ines", pair, click(".menu summary"))
    yield Stop("workbench-blurred", "ines", pair, blurred)
    yield Stop("workbench-ending", "ines", world.desks["writing"], click("[data-does=end]"))
    yield Stop("workbench-conflict", "ines", safety, keys("q", "o", "8"))
    yield Stop("workbench-refused", "ines", pair, too_long)
    yield Stop("workbench-prompt-refused", "ines", world.desks["own-prompt"], empty_prompt)
    yield Stop("workbench-meanwhile", "ines", f"{world.desks['queued']}?meanwhile")
    yield Stop("workbench-draft", "ines", pair, came_back)
    yield Stop("workbench-signed-out", "ines", pair, signed_out)
    yield Stop("workbench-offline", "ines", world.desks["connection"], offline)


def doors(world: World) -> Iterator[Stop]:
    yield Stop("sign-in", "", "/accounts/login/")
    yield Stop("sign-in-wrong", "", "/accounts/login/", wrong_password)
    yield Stop("sign-out", "ines", "/accounts/logout/")
    many, one = (reverse("invitation", args=[world.addresses["invitations"][kind]]) for kind in ("many", "one"))
    yield Stop("join", "", many)
    yield Stop("join-wrong", "", one, wrong_address)
    yield Stop("join-closed", "", reverse("invitation", args=["nothing"]))
    yield Stop("join-account", "sam", many)
    yield Stop("join-others", "sam", one)
    for state, token in {**world.addresses["links"], "unknown": "nothing"}.items():
        yield Stop(f"link-{state}", "", reverse("sign_in_link", args=[token]))


def errors() -> Iterator[Stop]:
    yield Stop("error-404", "ines", "/nothing/")
    for name in ("403", "403_csrf", "429", "500", "503"):
        yield Stop(f"error-{name}", "ines", "/", served(f"{name}.html"))
