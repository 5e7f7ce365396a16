import pytest

from labeling.projects.forms.enrolments import PeopleForm
from labeling.projects.forms.policy import rows_typed
from labeling.projects.typed import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_a_whole_number_is_read(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "one", "٣", "²", "9" * 19, "9" * 5000])
def test_anything_else_is_none(text):
    assert whole(text) is None


def test_a_draft_with_absurd_counts_is_an_empty_one():
    assert rows_typed({"rows": "9" * 5000}) == []
    assert len(rows_typed({"rows": "2", "remove": "9" * 5000})) == 2


@pytest.mark.parametrize("line", ["a" * 250 + "@example.org", "(" * 5000, "x" * 300 + " <ana@example.org>" * 50])
def test_a_line_that_is_no_address_is_refused_by_its_number(line):
    form = PeopleForm({"people": f"ana@example.org\n{line}"})
    assert not form.is_valid()
    assert "Line 2" in str(form.errors)
