"""Texts of models on a page: safe, in good time, and nothing of them unseen."""

import pytest

from labeling.projects import markdown


@pytest.mark.parametrize("nesting", ["> ", "- ", "1. ", "> - "])
@pytest.mark.parametrize("times", [5, 12, 25, 10_000])
def test_nothing_is_left_out_however_deeply_it_is_nested(nesting, times):
    assert "seen" in markdown.render(nesting * times + "seen")


def test_a_definition_of_a_link_is_shown_as_it_was_written():
    assert "Pick the lock." in markdown.render("[Pick the lock.]: https://example.org\n")


def test_what_follows_a_deep_nesting_is_shown():
    assert "seen" in markdown.render("> " * 30 + "a\n" + "b\n" * 10 + "seen")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("**bold** " * 100_000, id="long"),
        pytest.param("|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "x\n" * 5000, id="a table of 65,000 cells"),
    ],
)
def test_a_text_that_would_become_too_large_a_page_stands_there_as_it_was_written(text):
    html = markdown.render(text)
    assert html.count("<") < 2 * text.count("\n") + 10
    assert len(html) < 2 * len(text)


@pytest.mark.parametrize("before", ["", "> " * 30])
def test_what_is_not_rendered_is_escaped(before):
    html = markdown.render(before + "<script>alert(1)</script>\n\n<b onclick=x hx-get=/admin/>")
    assert "<script" not in html and "<b" not in html.replace("<br", "").replace("<blockquote", "")
