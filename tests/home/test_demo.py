import json

import pytest
from django.urls import reverse

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons.judgements import IN_WORDS
from labeling.comparisons.steps import QUESTIONS
from labeling.home import demo
from labeling.projects.models import (
    Acknowledgement,
    Axis,
    Enrolment,
    GuidelineVersion,
    ModelVersion,
    OptIn,
    PairPolicyEntry,
    Project,
    Prompt,
    PromptSet,
    Role,
    Round,
)

pytestmark = pytest.mark.django_db

KINDS = (
    *(Person, Cohort, Membership, Project, Role, Enrolment, GuidelineVersion),
    *(ModelVersion, PromptSet, Prompt, Round, PairPolicyEntry),
)


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """A TANDEM_HOME without models, whatever this machine has."""
    settings.TANDEM_HOME = tmp_path
    return tmp_path


@pytest.fixture
def seeded(home):
    assert demo.seed()


def rows():
    return {kind: list(kind.objects.order_by("pk").values()) for kind in KINDS}


def test_it_changes_nothing_the_second_time(seeded):
    before = rows()
    assert all(before.values())
    assert demo.seed() is False
    assert rows() == before


def test_it_keeps_out_of_an_installation_that_has_a_project():
    Project.objects.create(slug="real", name="Real work", axes=[Axis.SAFETY])
    before = rows()
    assert demo.seed() is False
    assert rows() == before


def test_it_leaves_nothing_behind_when_it_fails(home):
    record = home / "models" / demo.CHECKPOINT / "checkpoint.json"
    record.parent.mkdir(parents=True)
    record.write_text("{")
    with pytest.raises(json.JSONDecodeError):
        demo.seed()
    assert not any(rows().values())


def test_somebody_who_has_the_managers_address_already_does_not_get_into_the_admin_by_it():
    Person.objects.create_user("Manager@Example.org")
    assert demo.seed()
    assert not Person.objects.get(email__iexact=demo.MANAGER).is_staff


def test_it_uses_a_model_version_and_a_prompt_set_of_the_same_name_as_they_are():
    name, _system_prompt, _temperatures = demo.CONTESTANTS[0]
    version = ModelVersion.objects.create(name=name, source="elsewhere")
    prompts = PromptSet.objects.create(name="First prompts")
    assert demo.seed()
    assert ModelVersion.objects.get(name=name).source == "elsewhere"
    assert PairPolicyEntry.objects.filter(model_version=version).count() == 3
    assert not prompts.prompts.exists()


def test_it_gives_nobody_a_password_and_only_the_manager_the_admin(seeded):
    people = {person.email: person for person in Person.objects.all()}
    assert set(people) == {demo.ANNOTATOR, demo.MANAGER}
    assert not any(person.has_usable_password() for person in people.values())
    assert [email for email, person in people.items() if person.is_staff] == [demo.MANAGER]
    assert set(Project.objects.managed_by(people[demo.MANAGER])) == set(Project.objects.all())


def test_it_tags_every_prompt(seeded):
    for prompt in Prompt.objects.all():
        prompt.full_clean()
        adversarial = prompt.category == Prompt.Category.ADVERSARIAL
        assert bool(prompt.risk) is bool(prompt.attack) is adversarial, prompt
        if prompt.attack == Prompt.Attack.NON_ENGLISH:
            assert prompt.language != "en", prompt


def test_it_has_prompts_of_every_category_risk_and_attack_and_none_twice(seeded):
    prompts = Prompt.objects.all()
    assert len({prompt.text for prompt in prompts}) == 40
    assert {prompt.category for prompt in prompts} == set(Prompt.Category.values)
    assert {prompt.risk for prompt in prompts} - {""} == set(Prompt.Risk.values)
    assert {prompt.attack for prompt in prompts} - {""} == set(Prompt.Attack.values)


def test_it_opens_a_round_in_every_project_under_the_guideline_of_each_axis(seeded):
    assert [project.axes for project in Project.objects.order_by("pk")] == [
        [Axis.HELPFULNESS],
        [Axis.SAFETY],
        [Axis.HELPFULNESS, Axis.SAFETY],
    ]
    for project in Project.objects.all():
        opened = project.rounds.get(state=Round.State.OPEN)
        assert {guideline.axis for guideline in opened.guidelines.all()} == set(project.axes)
        for axis in project.axes:
            guideline = opened.guidelines.get(axis=axis)
            assert (guideline.project, guideline.number) == (project, 1)
            assert guideline.text == (demo.TEXTS / f"{axis}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("axis", Axis)
def test_its_guidelines_name_the_degrees_as_pages_do_and_ask_for_the_same(axis):
    guideline = (demo.TEXTS / f"{axis}.md").read_text(encoding="utf-8")
    assert [words for words in map(str, IN_WORDS.values()) if words not in guideline] == []
    assert "which response is better?" in QUESTIONS[axis]


def test_it_sets_one_checkpoint_against_itself_under_two_system_prompts(seeded):
    versions = list(ModelVersion.objects.all())
    assert {version.source for version in versions} == {demo.CHECKPOINT}
    assert len({version.system_prompt for version in versions}) == 2
    for opened in Round.objects.all():
        assert {entry.model_version for entry in opened.policy.all()} == set(versions)


def test_it_names_the_checkpoint_by_its_hash_once_it_is_converted(home):
    record = home / "models" / demo.CHECKPOINT / "checkpoint.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"sha256": "a" * 64, "origin": "here"}))
    assert demo.seed()
    assert {version.sha256 for version in ModelVersion.objects.all()} == {"a" * 64}


def test_it_has_work_for_the_annotator_in_every_project(seeded, client):
    annotator = Person.objects.get(email=demo.ANNOTATOR)
    client.force_login(annotator)
    assert Project.objects.open_to(annotator).count() == 3
    for project in Project.objects.all():
        page = reverse("workbench", args=[project.slug])
        if project.has_warning:
            assert client.get(page).context["step"].kind == "warning"
            OptIn.objects.give(annotator, project)
        assert client.get(page).context["step"].kind == "guideline"
        for guideline in project.guidelines.all():
            Acknowledgement.objects.create(person=annotator, guideline=guideline)
        step = client.get(page).context["step"]
        assert step.kind == "prompt"
        assert Prompt.objects.fitting(project).filter(pk=step.suggestion["pk"]).exists()
