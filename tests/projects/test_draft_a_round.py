"""A round begins as a draft, in which everything may change and nothing that was typed is lost."""

import pytest

from labeling.dialogues import trials
from labeling.projects.models import Project, Prompt, PromptSet, Round, RoundNotReady
from labeling.projects.starting_rounds import newest_with_previous
from tests.people import make_project
from tests.projects.pages import words
from tests.projects.rounds import SAMPLING, draft_of, save, typed, url, version


@pytest.fixture
def draft(project):
    """Round 2, empty."""
    return draft_of(project)


def start(managing, project, start="same"):
    page = f"/projects/{project.slug}/rounds/new/"
    return managing.post(page, {"start": start, "number": managing.get(page).context["form"]["number"].value()})


def policy(round_):
    return list(round_.policy.order_by("pk").values_list("model_version__name", "weight"))


def test_a_new_round_takes_over_the_terms_of_the_one_before(managing, project):
    before = project.rounds.get()
    page = start(managing, project)
    assert page.url == "/projects/both/rounds/2/"
    draft = project.rounds.get(number=2)
    assert (draft.state, draft.max_new_tokens) == ("draft", before.max_new_tokens)
    assert policy(draft) == policy(before)


def test_the_same_form_sent_twice_makes_one_draft(managing, project):
    sent = [managing.post("/projects/both/rounds/new/", {"start": "same", "number": 2}).url for _time in range(2)]
    assert sent == ["/projects/both/rounds/2/"] * 2
    assert project.rounds.count() == 2
    assert start(managing, project).url == "/projects/both/rounds/3/"


def test_the_newest_model_is_offered_with_the_one_before_it(managing, project):
    newest = version("newest")
    version("unchecked", checked=False)
    form = managing.get(f"/projects/{project.slug}/rounds/new/").context["form"]
    assert [offered.key for offered in form.starts] == ["newest", "same", "empty"]
    assert form.starts[0].versions[0] == newest
    start(managing, project, "newest")
    assert policy(project.rounds.get(number=2)) == [("newest", 1.0), ("both-1", 1.0)]


def test_a_new_model_samples_as_the_one_beside_it(managing, project):
    last = draft_of(project)
    last.policy.create(model_version=version("old"), weight=5, temperature_low=0.3, temperature_high=0.4)
    version("newest")
    start(managing, project, "newest")
    made = project.rounds.get(number=3).policy.order_by("pk")
    assert [(entry.weight, entry.temperature_low, entry.temperature_high) for entry in made] == [(1, 0.3, 0.4)] * 2


def test_there_is_no_pair_of_newest_models_where_there_are_not_two(db):
    assert newest_with_previous([]) == []
    version("only")
    version("unchecked", checked=False)
    assert newest_with_previous([]) == []


def test_a_first_round_may_start_empty(managing, project):
    start(managing, project, "empty")
    draft = project.rounds.get(number=2)
    assert (policy(draft), draft.max_new_tokens) == ([], 256)
    assert len(managing.get(url(draft)).context["rows"].forms) == 2


def test_it_asks_what_to_start_from(managing, project):
    page = start(managing, project, "")
    assert page.status_code == 422
    assert "Choose what the round starts from." in page.content.decode()
    assert project.rounds.count() == 1


def test_a_draft_is_saved_as_a_whole(managing, draft):
    one, other = version("one"), version("other")
    prompts = PromptSet.objects.create(name="Set")
    rows = [{"model_version": one.pk, "weight": 2}, {"model_version": other.pk, "temperature_high": 1.5}]
    assert save(managing, draft, *rows, target=500, prompt_set=prompts.pk).status_code == 302
    draft.refresh_from_db()
    assert (draft.target, draft.prompt_set, draft.two_different_versions) == (500, prompts, True)
    assert policy(draft) == [("one", 2.0), ("other", 1.0)]
    save(managing, draft, {"model_version": other.pk})
    assert policy(draft) == [("other", 1.0)]


def test_what_is_saved_stands_in_the_form_as_it_was_typed(managing, draft):
    save(managing, draft, {"model_version": version("one").pk, "weight": "0.123456789"})
    (row,) = managing.get(url(draft)).context["rows"].forms
    assert [row[name].value() for name in ("weight", "temperature_high", "top_p_low")] == ["0.123456789", "1", "0.9"]


def test_rows_that_nobody_filled_in_count_as_not_there(managing, draft):
    assert save(managing, draft, {}, {"model_version": version("one").pk}, {}).status_code == 302
    assert policy(draft) == [("one", 1.0)]


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ({"weight": "0"}, "weight", "between 0.01 and 1000"),
        ({"weight": "nan"}, "weight", "between 0.01 and 1000"),
        ({"weight": "many"}, "weight", "between 0.01 and 1000"),
        ({"weight": ""}, "weight", "between 0.01 and 1000"),
        ({"temperature_low": "0"}, "temperature_low", "between 0.01 and 2"),
        ({"temperature_low": "1.2"}, "temperature_high", "The highest temperature lies below the lowest, 1.2."),
        ({"top_p_high": "1.1"}, "top_p_high", "between 0.01 and 1"),
        ({"top_p_low": "0.96"}, "top_p_high", "The highest top-p lies below the lowest, 0.96."),
        ({"model_version": ""}, "model_version", "Choose a model version, or remove the row."),
        ({"model_version": "0"}, "model_version", "not there any more"),
    ],
)
def test_a_row_says_what_is_wrong_with_it_and_keeps_what_was_typed(managing, draft, row, field, says):
    full = {"model_version": version("one").pk, "weight": 3, **row}
    page = save(managing, draft, {}, full, target=7)
    assert page.status_code == 422
    wrong = page.context["rows"].forms[1]
    assert list(wrong.errors) == [field] and says in wrong.errors[field][0]
    assert [wrong[name].value() for name in row] == list(row.values())
    assert f'href="#id_row-1-{field}"' in page.content.decode()
    assert page.context["form"]["target"].value() == "7"
    assert not draft.policy.exists()


def test_a_version_stands_in_one_row(managing, draft):
    one = version("one")
    page = save(managing, draft, {"model_version": one.pk}, {"model_version": one.pk, "weight": 2})
    assert "This version stands in row 1 already" in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("target", "0", "Give a number between 1 and 10,000,000."),
        ("max_new_tokens", "0", "Give a number between 1 and 32,768."),
        ("max_new_tokens", "99999999999999999999", "between 1 and 32,768"),
    ],
)
def test_a_setting_says_what_is_wrong_with_it(managing, draft, field, value, says):
    page = save(managing, draft, **{field: value})
    assert page.status_code == 422
    assert says in page.context["form"].errors[field][0]


def test_rows_come_and_go_without_losing_what_was_typed(managing, draft):
    rows = [{"model_version": "", "weight": "abc"}, {"weight": "2"}]
    page = managing.post(url(draft, "policy/"), typed(*rows, target="oops", add="1"))
    forms = page.context["rows"].forms
    assert [form["weight"].value() for form in forms] == ["abc", "2", 1]
    assert page.context["form"]["target"].value() == "oops"
    page = managing.post(url(draft, "policy/"), typed(*rows, remove="0"))
    assert [form["weight"].value() for form in page.context["rows"].forms] == ["2"]
    assert not draft.policy.exists()


def test_htmx_gets_the_rows_alone(managing, draft):
    page = managing.post(url(draft, "policy/"), typed({}, add="1"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert page.count("policy-row") == 2


def test_nobody_types_rows_without_end(managing, draft):
    page = managing.post(url(draft, "policy/"), typed(*[{}] * 24, add="1", rows="10000"))
    assert len(page.context["rows"].forms) == 24
    assert 'name="add"' not in page.content.decode()


def test_it_says_what_weights_come_to_as_they_are_typed(managing, draft):
    rows = [{"model_version": version(name).pk, "weight": weight} for name, weight in (("a", 2), ("b", 1), ("c", 1))]
    page = managing.post(url(draft, "policy/"), typed(*rows)).content.decode()
    assert "in 83.3 % of pairs" in page
    assert page.count("in 58.3 % of pairs") == 2
    assert page.count("41.7 %") == 2
    alone = managing.post(url(draft, "policy/"), typed(rows[0])).content.decode()
    assert "Choose 2 model versions to see" in alone
    rows[0]["weight"] = "x"
    assert managing.post(url(draft, "policy/"), typed(*rows)).context["meaning"].problem == "A weight is missing."


def test_versions_are_offered_with_what_is_known_of_them(managing, maria, draft):
    version("fresh", checked=False)
    version("broken", checked=False, error="no such folder")
    trials.check(version("loading", checked=False), maria)
    field = managing.get(url(draft)).context["rows"].forms[0].fields["model_version"]
    groups = {name: [label for _, label in options] for name, options in field.choices[1:]}
    assert groups == {
        "Checked": ["both-1", "both-0"],
        "Not ready": ["loading (being checked)", "broken (check failed)", "fresh (not checked)"],
    }


def test_a_draft_is_deleted_without_a_trace(managing, draft):
    draft.policy.create(model_version=version("one"), **SAMPLING)
    assert managing.post(url(draft, "discard/")).url == "/projects/both/"
    assert not Round.objects.filter(pk=draft.pk).exists()


def test_a_draft_that_a_colleague_deleted_meanwhile_is_said_to_be_gone(draft):
    mine = Round.objects.get(pk=draft.pk)
    draft.discard()
    for step in (lambda: mine.revise([], target=3), mine.open, mine.discard):
        with pytest.raises(RoundNotReady, match="Somebody has deleted this draft"):
            step()


def test_an_opened_round_is_neither_revised_nor_deleted(managing, project):
    opened = project.rounds.get()
    for step, data in (("", typed(target=5)), ("discard/", {})):
        page = managing.post(url(opened, step), data, follow=True)
        assert "The round is open, not a draft." in page.content.decode()
    opened.refresh_from_db()
    assert opened.target is None


def test_the_page_of_many_models_asks_no_more_of_the_database(managing, draft, django_assert_max_num_queries):
    for number in range(12):
        draft.policy.create(model_version=version(f"many-{number}"))
    with django_assert_max_num_queries(26):
        page = managing.get(url(draft))
    assert len(page.context["meaning"].pairs) == 66


def test_the_list_of_rounds_asks_no_more_for_many(managing, project, django_assert_max_num_queries):
    for number in range(5):
        draft_of(project, version(f"one-{number}"), version(f"other-{number}"))
    with django_assert_max_num_queries(14):
        page = managing.get(f"/projects/{project.slug}/").content.decode()
    assert "other-4" in page and f"/projects/{project.slug}/rounds/6/" in page


def test_numbers_are_those_of_the_project(db):
    for slug in ("one", "other"):
        assert Round.objects.draft(make_project(slug)).number == 2


@pytest.mark.parametrize("own", [True, False])
def test_a_prompt_set_is_optional_only_where_annotators_may_write_prompts(managing, draft, own):
    Project.objects.update(allows_own_prompts=own)
    page = words(managing.get(url(draft)))
    assert ('Prompt set <span class="optional">optional</span>' in page) is own
    assert ("None: annotators write their own" in page) is own
    assert save(managing, draft).status_code == 302, "a draft may still be without one"


def test_prompts_of_the_round_stay_when_they_are_not_touched(managing, draft):
    prompts = PromptSet.objects.create(name="Set")
    Prompt.objects.create(prompt_set=prompts, text="Why?")
    draft.revise([], prompt_set=prompts)
    page = managing.post(url(draft, "policy/"), typed({}, prompt_set=prompts.pk))
    assert page.context["form"]["prompt_set"].value() == str(prompts.pk)
