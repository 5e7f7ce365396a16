"""Guidelines are read again whenever somebody wants to."""

from tests.people import make_project


def test_the_guidelines_one_works_by_are_there_to_be_read_again(client, alice, project):
    project.guidelines.create(axis="safety", number=2, text="Of no round yet.")
    page = client.get(f"/projects/{project.slug}/guidelines/")
    titles = [guideline.title for guideline in page.context["guidelines"]]
    assert titles == ["Helpfulness guideline", "Safety guideline"]
    assert page.content.decode().count("<p>Read <em>both</em>.</p>") == 2
    texts = client.get(f"/projects/{project.slug}/guidelines/", headers={"HX-Request": "true"}).content.decode()
    assert texts.count("<p>Read <em>both</em>.</p>") == 2 and "<html" not in texts


def test_between_two_rounds_there_is_nothing_to_go_by(client, alice):
    project = make_project("one", ("helpfulness",))
    project.rounds.get().review()
    page = client.get(f"/projects/{project.slug}/guidelines/")
    assert page.context["guidelines"] == [] and "Nothing is asked of you here" in page.content.decode()
