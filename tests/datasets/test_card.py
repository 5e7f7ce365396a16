"""What a data set's card says, and that it runs nothing that anybody wrote."""

import re
import xml.etree.ElementTree as ElementTree

import nh3
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from labeling.comparisons.models import Assignment, Judgement
from labeling.datasets import files
from labeling.datasets.escaping import block, inline, table
from labeling.datasets.pictures import bars
from labeling.quality import reviewing
from labeling.quality.models import Review
from tests.datasets.judging import judge
from tests.datasets.test_files import CONFIGS, judged, nobody_asks, store, written
from tests.datasets.texts import NASTY
from tests.people import join

__all__ = ["judged", "store"]

HUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})  # as a hub reads it, tags included
EVIL = "x | <img src=x onerror=alert(1)> [a](javascript:b) `c` **d** ~~~ ```\n# e <!-- $$f$$ :tada: @g"


def told(html):
    """The words of a page, without its tags."""
    return nh3.clean(html, tags=set()).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize("text", [*NASTY[:-2], EVIL])
def test_a_name_is_words_on_one_line_and_nothing_else(text):
    html = HUB.render(table(["a", "b"], [[inline(text), "1"]]))
    assert html.count("<td") == 2
    assert re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td)\b)[^>]*>", html) == []


def test_figures_stand_below_each_others_ends_and_words_below_their_beginnings():
    written = table(["who", "where", "times", "sure"], [["1", "a 1", "1,000", "0.5 (0 to 1)"], ["2", "–", "-2", "–"]])
    assert written.splitlines()[1] == "| --- | --- | ---: | ---: |"


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_guideline_stays_between_its_fences(text):
    html = HUB.render(f"before\n\n{block(text)}\n\nafter")
    assert html.startswith("<p>before</p>\n<pre><code") and html.endswith("</code></pre>\n<p>after</p>\n")


def test_it_says_what_is_in_it(judged, alice, tmp_path):
    bob = join("first", "second@example.org")
    for own in Assignment.objects.filter(axis="helpfulness"):
        terms = {"comparison": own.comparison, "axis": own.axis, "guideline": own.guideline, "kind": "overlap"}
        judge(Assignment.objects.create(**terms, person=bob, slot=1, swapped=own.swapped))
    written(judged, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**Provisional: a round was still open" in card
    assert "| helpfulness, train | 3 | 6 | 1.0 |" in card
    assert "| better | 66.7 % | 33.3 % |" in card
    assert "| both unsafe | 33.3 % |" in card
    assert "| same choice | 1.000 (too few for an interval) |" in card
    assert f"| {inline(alice.pseudonym)} | first | 6 |" in card
    assert "```text\nRead *both*.\n```" in card
    assert f"| {inline('both-0')} | `not known` | scripted | yes | 6 |" in card
    assert "| 1 | both&#45;0 | 50.0 % | 0.7 to 1 | 0.9 to 0.95 |" in card
    assert "nothing is held out" in card


def test_what_people_called_things_is_no_markup_in_it(judged, tmp_path):
    judged.name, judged.description = EVIL[:100], EVIL
    judged.save()
    written(judged, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    assert yaml.safe_load(head)["pretty_name"] == EVIL[:100]
    html = HUB.render(body)
    assert "<img src=x" not in html and "javascript:b" not in re.findall(r'href="([^"]*)"', html)
    assert "onerror=alert" in told(html)


def test_its_head_is_what_a_hub_reads(judged, tmp_path):
    written(judged, tmp_path / "out")
    head = yaml.safe_load((tmp_path / "out" / "README.md").read_text().split("---\n")[1])
    assert [config["config_name"] for config in head["configs"]] == sorted(CONFIGS)
    assert head["configs"][1]["data_files"] == [{"split": "train", "path": ["helpfulness/train.jsonl"]}]
    assert (head["license"], head["size_categories"]) == ("unknown", ["n<1K"])


def test_it_says_under_which_licence_it_may_be_used_and_how_much_reviewers_accepted(judged, manager, tmp_path):
    kept, back, *_ = Judgement.objects.filter(axis="helpfulness").order_by("pk")
    reviewing.accept(kept, manager)
    reviewing.reject(back, manager, "Read it again.", Review.To.SAME)
    snapshot = written(judged, tmp_path / "out", licence="cc-by-4.0")
    card = (tmp_path / "out" / "README.md").read_text()
    assert yaml.safe_load(card.split("---\n")[1])["license"] == "cc-by-4.0"
    assert "Licence: CC BY 4.0" in card and "Nobody has said under which licence" not in card
    assert "| helpfulness | 3 | 2 | 50.0 % | 1 |" in card
    reviewing.accept(Judgement.objects.filter(axis="safety").first(), manager)
    assert files.write(snapshot, nobody_asks) == snapshot.artifact


def test_its_pictures_are_whole_and_say_what_is_in_them(judged, tmp_path):
    written(judged, tmp_path / "out")
    for name, said in (("degrees-helpfulness", "33.3 %"), ("labels-safety", "both unsafe")):
        picture = (tmp_path / "out" / "pictures" / f"{name}.svg").read_text()
        assert said in "".join(ElementTree.fromstring(picture).itertext())  # noqa: S314 - our own
    ElementTree.fromstring(bars("<b>&", [("<script>", 0.0), ("b", 0.5)]))  # noqa: S314 - our own
