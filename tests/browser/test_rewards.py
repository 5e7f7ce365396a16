"""Reward models in a browser: curves grow while it learns, and charts are drawn from the tables below them."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.projects.models import Axis, ModelVersion, Project
from labeling.rewards.models import Opinion, Run
from labeling.rewards.wanted import usual
from tests.browser.conftest import sign_in
from tests.datasets.imports.files import json_lines
from tests.people import manage
from tests.processes import wait_until
from tests.quality.crowd import make_crowd
from tests.rewards.scored import asked, by_length, held_out, ready
from tests.tour.rewards import CURVE, HELD, made

DRAWN = """(table) => {
    const figure = document.querySelector(`[data-table=${table}]`);
    const chart = figure.hidden ? null : echarts.getInstanceByDom(figure.querySelector(".chart-area"));
    return chart ? chart.getOption().series.map(({ data }) => data.length) : [];
}"""
POINT = """(table) => {
    const area = document.querySelector(`[data-table=${table}] .chart-area`);
    area.scrollIntoView({ block: "center" });
    const chart = echarts.getInstanceByDom(area);
    const [at, value] = chart.getOption().series[0].data[1].value;
    const [x, y] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [at, value]);
    const { left, top } = area.getBoundingClientRect();
    return [left + x, top + y];
}"""
NAMES = """() => {
    const chart = echarts.getInstanceByDom(document.querySelector("[data-table=places] .chart-area"));
    const { data, axisLabel } = chart.getOption().yAxis[0];
    return data.map((name) => axisLabel.formatter(name));
}"""


@pytest.fixture
def project(transactional_db) -> Project:
    return make_crowd("learned", rounds=1, pairs=24)


@pytest.fixture
def maria(page: Page, project: Project, manager: Person) -> Page:
    manage(project, manager)
    sign_in(page, manager)
    return page


def test_its_curve_grows_while_it_learns_and_in_the_end_the_page_has_its_report(maria, project):
    base = ModelVersion.objects.first()
    terms = {"kind": Run.Kind.TRAINED, "base": base, "wanted": usual(Axis.HELPFULNESS).kept()}
    run = asked(held_out(project), **terms, state=Run.State.RUNNING, beat_at=timezone.now() + HELD, done=1, total=40)
    maria.goto(f"/projects/{project.slug}/rewards/{run.number}/")
    expect(maria.get_by_text("Training: 1 of 40 steps.")).to_be_visible()
    assert maria.evaluate(DRAWN, "curve") == []
    Run.objects.filter(pk=run.pk).update(curve=CURVE[:3], done=3)
    wait_until(lambda: maria.evaluate(DRAWN, "curve") == [3])
    Run.objects.filter(pk=run.pk).update(curve=CURVE[:9], done=9)
    wait_until(lambda: maria.evaluate(DRAWN, "curve") == [9])
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, error="The disk is full. Make room, then try again.")
    expect(maria.get_by_text("The disk is full.")).to_be_visible()
    expect(maria.get_by_role("button", name="Try again")).to_be_visible()
    assert maria.evaluate(DRAWN, "curve") == [9]


def test_charts_are_drawn_from_their_tables_and_a_point_leads_to_the_pairs_behind_it(maria, project):
    run = ready(held_out(project), by_length)
    maria.goto(f"/projects/{project.slug}/rewards/{run.number}/")
    expect(maria.get_by_role("heading", name="On what is held out for Helpfulness")).to_be_visible()
    assert maria.evaluate(DRAWN, "helpfulness-accuracy") == [5, 5, 5]
    assert maria.evaluate(DRAWN, "helpfulness-margins") == [20]
    steps = maria.locator("#helpfulness-raw tbody tr").count()
    assert maria.evaluate(DRAWN, "helpfulness-raw") == [steps, 2]
    maria.mouse.click(*maria.evaluate(POINT, "helpfulness-accuracy"))
    maria.wait_for_url("**/pairs/?axis=helpfulness&degree=3")
    maria.locator("tbody a").first.click()
    maria.wait_for_url("**/judgements/?axis=helpfulness&pair=*")
    expect(maria.locator("article.judged").first).to_be_visible()


def test_names_of_model_versions_are_readable_in_their_chart_on_a_telephone_too(maria, manager, tmp_path):
    """One that is wider than all of it loses its middle. No round was there before these rows, so that none was counted
    in the background without them."""
    project = Project.objects.create(slug="elsewhere", name="Elsewhere", axes=[Axis.HELPFULNESS])
    manage(project, manager)
    names = [f"meta-llama/Llama-2-{number}b-chat-hf" for number in (7, 13, 70)]
    wide = f"somebody/{'fine-tuned-' * 6}hf"
    pairs = [(one, other) for one in [*names, wide] for other in [*names, wide] if one != other]
    rows = [
        {"prompt": f"Why {n}?", "chosen": "So.", "rejected": "No.", "chosen_model": one, "rejected_model": other}
        for n, (one, other) in enumerate(pairs)
    ]
    call_command("import_comparisons", json_lines(tmp_path / "rows", rows), project=project.slug, axis="helpfulness")
    maria.set_viewport_size({"width": 360, "height": 800})
    maria.goto(f"/projects/{project.slug}/rewards/rounds/")
    shown = maria.evaluate(NAMES)
    assert maria.evaluate(DRAWN, "places") == [len(names) + 1]
    [cut] = set(shown) - set(ModelVersion.objects.values_list("name", flat=True))
    assert {f"{name}, elsewhere" for name in names} < set(shown)
    assert cut.startswith("somebody/fine-tuned") and cut.endswith("tuned-hf, elsewhere") and "…" in cut


def test_a_quick_one_is_asked_for_by_keyboard_alone(maria, project):
    made(project)
    maria.goto(f"/projects/{project.slug}/rewards/")
    maria.get_by_role("link", name="New reward model").press("Enter")
    maria.get_by_role("button", name="Make the reward model").press("Enter")
    expect(maria.get_by_role("heading", name="Reward model 1")).to_be_visible()


def test_what_models_say_of_a_response_comes_by_itself(maria, project):
    run = ready(held_out(project), by_length)
    maria.goto(f"/projects/{project.slug}/rewards/{run.number}/")
    maria.get_by_role("link", name="Score a response").click()
    maria.get_by_label("Prompt", exact=True).fill("Why is the sky blue?")
    maria.get_by_label("Response", exact=True).fill("It scatters light.")
    maria.get_by_role("button", name="Score it").click()
    expect(maria.get_by_text("It waits for")).to_be_visible()
    assert Opinion.objects.get().give({"helpfulness": [[1.25]]})
    expect(maria.get_by_role("cell", name="1.250")).to_be_visible()
    expect(maria.get_by_label("Response", exact=True)).to_have_value("It scatters light.")
