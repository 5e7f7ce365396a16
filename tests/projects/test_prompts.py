from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.projects.models import Duplicates, Project, Prompt, PromptSet
from tests.people import ask, make_project, manage
from tests.projects.pages import fields, words


@pytest.fixture
def prompts(db) -> PromptSet:
    return PromptSet.objects.create(name="Firsts", description="Written by hand.")


@pytest.fixture
def used(prompts) -> PromptSet:
    """A set that a round of somebody else's project uses."""
    make_project("elsewhere", cohort="second").rounds.update(prompt_set=prompts)
    return prompts


def add(client, prompts, text, **changes):
    url = f"/prompts/{prompts.pk}/add/"
    return client.post(url, fields(client.get(url)) | {"text": text} | changes)


def texts(prompts) -> list[str]:
    return list(prompts.prompts.order_by("pk").values_list("text", flat=True))


def shown(page) -> list[Prompt]:
    return [row.record for row in page.context["listing"].table.rows]


def test_a_manager_makes_a_set_and_fills_it(client, managed):
    assert 'href="/prompts/new/"' in words(client.get("/prompts/"))
    answer = client.post("/prompts/new/", {"name": "Seconds", "description": ""})
    made = PromptSet.objects.get()
    assert answer.url == f"/prompts/{made.pk}/add/"
    assert add(client, made, "Why is\r\nthe sky blue?", ends="nowhere").url == f"/prompts/{made.pk}/"
    assert texts(made) == ["Why is\nthe sky blue?"]
    assert "Seconds" in words(client.get("/prompts/"))


def test_a_second_set_of_the_same_name_is_refused_with_the_reason(client, managed, prompts):
    answer = client.post("/prompts/new/", {"name": "Firsts"})
    assert answer.status_code == 422 and "Another set has this name" in words(answer)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("nowhere", ["One\nand more\n\nTwo\n   \nThree"]),
        ("line", ["One", "and more", "Two", "Three"]),
        ("blank", ["One\nand more", "Two", "Three"]),
    ],
)
def test_many_prompts_are_told_apart_as_one_says(client, managed, prompts, ends, expected):
    pasted = "\r\nOne\r\nand more\r\n\r\nTwo\r\n   \r\nThree\r\n"
    assert add(client, prompts, pasted, ends=ends).status_code == 302
    assert texts(prompts) == expected


def test_all_that_is_pasted_gets_the_same_tags(client, managed, prompts):
    tags = {"language": "pt-BR", "category": "adversarial", "risk": "hateful", "attack": "semantic"}
    assert add(client, prompts, "Um\nDois", ends="line", **tags).status_code == 302
    assert list(prompts.prompts.values(*tags)) == [tags, tags]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": ""}, "Write or paste a prompt."),
        ({"category": "adversarial", "attack": "semantic"}, "Say what an adversarial prompt risks."),
        ({"category": "adversarial", "risk": "hateful"}, "Say how an adversarial prompt attacks."),
        ({"language": "English please"}, "Write a language tag"),
        ({"text": "One\n" + "x" * 20_001, "ends": "line"}, "Line 2, “xxx"),
        ({"text": "a\n" * 10_001, "ends": "line"}, "These are 10001 prompts"),
        ({"text": "a\0b"}, "Null characters are not allowed"),
        ({"text": " \r\n\t"}, "Write or paste a prompt."),
    ],
)
def test_what_cannot_be_added_is_refused_with_the_reason(client, managed, prompts, changes, problem):
    answer = add(client, prompts, **{"text": "Why?", **changes})
    assert answer.status_code == 422
    assert problem in words(answer)
    assert not prompts.prompts.exists()


def test_several_lines_are_not_added_before_one_says_where_a_prompt_ends(client, managed, prompts):
    answer = add(client, prompts, "One\nand more\n\nTwo")
    page = words(answer)
    assert answer.status_code == 422 and "These are several lines: say where one prompt ends." in page
    assert "at the end of a line (3 prompts)" in page
    assert "at a blank line (2 prompts)" in page
    assert "nowhere: this is one prompt" in page
    assert texts(prompts) == []
    assert add(client, prompts, "\nOne line\n").status_code == 302, "there is only one way to read it"


def test_duplicates_are_named_by_their_lines_and_the_others_can_be_added_without_them(client, managed, prompts):
    prompts.add(["Why is the sky blue?"])
    pasted = "\r\nHow?\r\nwhy is  the SKY blue?\r\n\r\nWhen?\r\nhow?"
    answer = add(client, prompts, pasted, ends="line")
    page = words(answer)
    assert answer.status_code == 422
    assert "Line 3, “why is the SKY blue?”, is in the set already." in page
    assert "Line 6, “how?”, says the same as line 2." in page and "Line 2," not in page and "Line 5," not in page
    assert "Add the other 2 without these" in page and 'name="leave_out"' in page
    assert answer.context["form"]["text"].value() == pasted
    assert texts(prompts) == ["Why is the sky blue?"]
    answer = client.post(answer.request["PATH_INFO"], {**fields(answer), "leave_out": "on"}, follow=True)
    assert "2 prompts are added. 2 were there already." in words(answer)
    assert texts(prompts) == ["Why is the sky blue?", "How?", "When?"]


def test_nothing_is_offered_where_every_prompt_is_there_already(client, managed, prompts):
    prompts.add(["Why?"])
    page = words(add(client, prompts, "why?"))
    assert "Line 1, “why?”, is in the set already." in page
    assert "without these" not in page


@pytest.mark.parametrize(
    "broken", ["donâ€™t", "a cafÃ©", "cut of\ufffd", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", "\x1b[1mbold", "itâ\x80\x99s"]
)
def test_a_line_with_broken_characters_is_refused_by_its_number(client, managed, prompts, broken):
    answer = add(client, prompts, f"Não é o café?\n\n{broken}\nO que é?", ends="line")
    assert answer.status_code == 422
    (problem,) = answer.context["form"].errors["text"]
    assert problem.startswith("Line 3, ") and "has broken characters" in problem
    assert texts(prompts) == []


@pytest.mark.parametrize(
    "whole",
    ["“O CAFÉ…”", "JOSÉ’S MAÇÃ…", "« déjà »", "Why does é show as Ã© and ’ as â€™?", "ÃO", "Đá 👍🏽 こんにちは"],
)
def test_what_only_looks_like_broken_characters_is_added(client, managed, prompts, whole):
    assert add(client, prompts, whole).status_code == 302
    assert texts(prompts) == [whole]


def test_of_very_many_problems_the_first_are_named_and_the_rest_counted(client, managed, prompts):
    prompts.add([f"Prompt {n}?" for n in range(50)])
    answer = add(client, prompts, "\n".join(f"prompt {n}?" for n in range(50)), ends="line")
    assert len(answer.context["form"].errors["text"]) == 21
    assert "30 more like these." in words(answer)


@pytest.mark.django_db(transaction=True)
def test_pasting_the_same_twice_at_once_adds_it_once(prompts):
    def paste(_):
        try:
            return prompts.add(["One", "Two"])
        except Duplicates:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(paste, range(4))) == [0, 0, 0, 2]
    assert texts(prompts) == ["One", "Two"]


def test_the_page_says_how_often_each_was_used_and_removes_only_what_was_not(client, alice, managed, prompts):
    prompts.add(["Asked", "Never asked"])
    managed.rounds.update(prompt_set=prompts)
    asked, other = prompts.prompts.order_by("pk")
    ask(alice, managed, asked.text, prompt=asked)
    page = client.get(f"/prompts/{prompts.pk}/")
    assert [(prompt, prompt.uses) for prompt in shown(page)] == [(asked, 1), (other, 0)]
    assert f"/remove/{other.pk}/" in words(page) and f"/remove/{asked.pk}/" not in words(page)
    assert "Both, round 1" in words(page)
    for prompt in (asked, other):
        assert client.post(f"/prompts/{prompts.pk}/remove/{prompt.pk}/").status_code == 302
    assert "it stays" in words(client.get(f"/prompts/{prompts.pk}/"))
    assert texts(prompts) == ["Asked"]


def test_a_prompt_of_another_set_is_not_removed_through_this_one(client, managed, prompts):
    other = PromptSet.objects.create(name="Other")
    other.add(["Why?"])
    assert client.post(f"/prompts/{prompts.pk}/remove/{other.prompts.get().pk}/").status_code == 404


def test_a_number_that_no_row_can_have_is_not_found(client, managed):
    for number in (0, 10**20):
        assert client.get(f"/prompts/{number}/").status_code == 404
        assert client.get(f"/projects/both/guidelines/safety/{number}/").status_code == 404
        assert client.get(f"/projects/both/enrolments/{number}/").status_code == 404


def test_a_set_that_only_others_use_is_seen_and_left_alone(client, managed, used):
    used.add(["Why?"])
    page = words(client.get(f"/prompts/{used.pk}/"))
    assert "1 round of a project that you do not manage" in page and "Elsewhere" not in page
    assert "/add/" not in page and "/remove/" not in page
    assert client.get(f"/prompts/{used.pk}/add/").status_code == 403
    assert client.post(f"/prompts/{used.pk}/add/", {"text": "x"}).status_code == 403
    assert client.post(f"/prompts/{used.pk}/remove/{used.prompts.get().pk}/").status_code == 403
    assert texts(used) == ["Why?"]


@pytest.mark.parametrize(
    ("mine", "theirs", "may"),
    [
        ("open", "closed", True),
        ("review", None, True),
        ("closed", "closed", True),
        (None, "draft", True),
        ("open", "draft", True),
        ("draft", "open", False),
        ("draft", "review", False),
        ("draft", "closed", False),
        ("open", "open", False),
        ("open", "review", False),
        ("closed", "open", False),
    ],
)
def test_a_set_is_changed_by_who_manages_all_that_runs_on_it_and_drafts_count_for_nothing(
    client, maria, prompts, mine, theirs, may
):
    prompts.add(["Why?"])
    for name, state in (("mine", mine), ("theirs", theirs)):
        project = Project.objects.create(slug=name, name=name, axes=["helpfulness"])
        if state:
            project.rounds.create(number=1, state=state, prompt_set=prompts)
    manage(Project.objects.get(slug="mine"), maria)
    assert client.get(f"/prompts/{prompts.pk}/").context["changeable"] is may
    assert client.get(f"/prompts/{prompts.pk}/add/").status_code == (200 if may else 403)
    assert client.post(f"/prompts/{prompts.pk}/remove/{prompts.prompts.get().pk}/").status_code == (302 if may else 403)


def test_a_superuser_changes_every_set(client, managed, used, manager):
    manager.is_superuser = True
    manager.save()
    client.force_login(manager)
    assert add(client, used, "Why?").status_code == 302


def test_ten_thousand_prompts_come_in_pages_and_in_the_order_of_the_set(client, managed, prompts):
    prompts.add([f"Prompt {n}?" for n in range(10_000)])
    with CaptureQueriesContext(connection) as captured:
        page = client.get(f"/prompts/{prompts.pk}/?after={prompts.prompts.order_by('pk')[4949].pk}")
    assert len(captured) <= 13
    assert [prompt.text for prompt in shown(page)] == [f"Prompt {n}?" for n in range(4950, 5000)]
    assert "10,000 in all" in words(page)
    assert len(page.content) < 100_000


def test_prompts_are_found_by_words_and_by_category(client, managed, prompts):
    prompts.add(["Tides?", "Rain?"])
    prompts.add(["Steal tides?"], category="adversarial", risk="illicit", attack="logic")

    def found(query: str) -> list[str]:
        return [prompt.text for prompt in shown(client.get(f"/prompts/{prompts.pk}/?{query}"))]

    assert found("q=tides") == ["Tides?", "Steal tides?"]
    assert found("q=tides&category=everyday") == ["Tides?"]
    assert found("q=100%25") == []
    assert found("category=nonsense&after=nonsense") == ["Tides?", "Rain?", "Steal tides?"]
    assert found("q=%00snow") == ["Tides?", "Rain?", "Steal tides?"], "which nobody can look for"
    assert "Nothing here is like that." in words(client.get(f"/prompts/{prompts.pk}/?q=snow"))


def test_sets_are_searched_a_page_at_a_time(client, managed, prompts, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    last = [PromptSet.objects.create(name=name) for name in ("Seconds", "Thirds")][-1]
    assert [one.name for one in shown(client.get("/prompts/"))] == ["Firsts", "Seconds"]
    assert shown(client.get(f"/prompts/?after={PromptSet.objects.get(name='Seconds').pk}")) == [last]
    assert shown(client.get("/prompts/?q=by+hand")) == [prompts]
    assert "Nothing here is like that." in words(client.get("/prompts/?q=fourths"))


def test_the_list_of_sets_takes_as_many_queries_however_many_there_are(client, managed, prompts):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/prompts/")
        return len(captured)

    few = queries()
    for n in range(5):
        PromptSet.objects.create(name=f"Set {n}").add(["Why?"])
    assert queries() == few


def test_a_project_offers_no_prompt_that_it_would_refuse_as_too_long(prompts):
    prompts.add(["short", "x" * 101])
    project = Project.objects.create(slug="s", name="S", axes=["helpfulness"], max_prompt_chars=100)
    assert [prompt.text for prompt in Prompt.objects.fitting(project)] == ["short"]
