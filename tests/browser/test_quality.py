"""Charts of quality in a browser: drawn under the strict policy, from the tables below them, and as open as these."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.projects.models import Project
from labeling.quality import computing
from tests.browser.conftest import sign_in
from tests.browser.test_accessible import looked_at
from tests.people import manage
from tests.processes import wait_until
from tests.quality.crowd import make_crowd

SHOWN = """() => [...document.querySelectorAll("[data-chart]")].map((figure) => {
    const chart = echarts.getInstanceByDom(figure.querySelector(".chart-area"));
    const { series } = chart.getOption();
    return [figure.dataset.table, series.length, series[0].data.length];
})"""
POINT = """() => {
    const area = document.querySelector("[data-table=by-round] .chart-area");
    area.scrollIntoView({ block: "center" });
    const chart = echarts.getInstanceByDom(area);
    const [at, value] = chart.getOption().series[1].data[0].value;
    const [x, y] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [at, value]);
    const { left, top } = area.getBoundingClientRect();
    return [left + x, top + y];
}"""
BAR = """() => {
    const area = document.querySelector("[data-table=degrees] .chart-area");
    area.scrollIntoView({ block: "center" });
    const [x, y] = echarts.getInstanceByDom(area).convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [0.02, 0]);
    const { left, top } = area.getBoundingClientRect();
    return [left + x, top + y];
}"""
SQUARE = """() => {
    const area = document.querySelector("[data-table=matrix] .chart-area");
    area.scrollIntoView({ block: "center" });
    const chart = echarts.getInstanceByDom(area);
    const { data } = chart.getOption().series[0];
    const [x, y] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, data[0].value.slice(0, 2));
    const { left, top } = area.getBoundingClientRect();
    return [data.length, left + x, top + y, data[0].href];
}"""
ROW = """() => {
    const chart = echarts.getInstanceByDom(document.querySelector("[data-table=matrix] .chart-area"));
    const [first, second] = [0, 1].map((row) => chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [0, row])[1]);
    return second - first;
}"""
SHORT = """() => {
    const { data, axisLabel } = echarts.getInstanceByDom(document.querySelector(".chart-area")).getOption().xAxis[0];
    return [axisLabel.formatter(data[0]).slice(0, 5), axisLabel.interval];
}"""
INK = """() => echarts.getInstanceByDom(document.querySelector(".chart-area")).getOption().legend[0].textStyle.color"""


@pytest.fixture
def project(transactional_db, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(computing, "FEWEST", 1)  # shared pairs, for two people to be in the matrix
    return make_crowd(rounds=2, pairs=14)


@pytest.fixture
def maria(page: Page, project: Project, manager: Person) -> Page:
    manage(project, manager)
    sign_in(page, manager)
    page.goto(f"/projects/{project.slug}/quality/")
    return page


def test_charts_are_drawn_from_their_tables_and_a_point_leads_to_the_judgements_behind_it(maria):
    assert maria.evaluate(SHOWN) == [["by-round", 3, 2], ["degrees", 4, 2]]
    light = maria.evaluate(INK)
    maria.emulate_media(color_scheme="dark")
    wait_until(lambda: maria.evaluate(INK) != light)
    maria.emulate_media(color_scheme="light")
    wait_until(lambda: maria.evaluate(INK) == light)
    maria.mouse.click(*maria.evaluate(POINT))
    maria.wait_for_url("**/rounds/1/judgements/?axis=helpfulness&overlapped=1")
    maria.go_back()
    maria.mouse.click(*maria.evaluate(BAR))
    maria.wait_for_url("**/quality/behind/degree-1/?axis=helpfulness&round=1")


def test_who_agrees_with_whom_is_drawn_as_a_square_for_each_cell_that_leads_where_it_does(maria, project):
    maria.goto(f"/projects/{project.slug}/quality/pairs/")
    cells = maria.locator("#matrix td[data-value]").count()
    number, x, y, href = maria.evaluate(SQUARE)
    assert number == cells > 20
    maria.mouse.click(x, y)
    maria.wait_for_url(href)


def test_a_long_name_leaves_room_for_the_squares(maria, project):
    Person.objects.filter(email__startswith="crowd").update(name="Annegret Freifrau von Wolkenstein-Hohenschwangau" * 2)
    maria.goto(f"/projects/{project.slug}/quality/pairs/")
    assert maria.evaluate(ROW) >= 20, "pixels"
    maria.goto(f"/projects/{project.slug}/quality/model/")
    assert maria.evaluate(SHORT) == ["Anneg", 0], "each has a name below it, without its middle"


def test_new_figures_come_without_reloading(maria, installation):
    installation.rest("labeling")
    maria.get_by_role("button", name="Compute now").click()
    expect(maria.get_by_text("Computing").first).to_be_visible()
    installation.go_on("labeling")
    expect(maria.get_by_role("button", name="Compute now")).to_be_visible()


def test_axe_finds_nothing_on_pages_of_quality(maria, project):
    maria.add_init_script(AXE_SCRIPT)
    person = Person.objects.get(email="crowd-sided@example.org")
    problems = []
    for path in ("", "people/", f"people/{person.pk}/", "pairs/"):
        maria.goto(f"/projects/{project.slug}/quality/{path}")
        expect(maria.locator("table").first).to_be_visible()
        for details in maria.locator("details.meaning").all():
            details.evaluate("one => (one.open = true)")
        problems += [f"{path}: {problem}" for problem in looked_at(maria, set())]
    assert not problems, "\n".join(problems)
