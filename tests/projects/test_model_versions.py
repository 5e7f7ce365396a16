"""The pages on which managers add model versions and see what became of them."""

import csv
import io

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion
from labeling.stack import home
from tests.people import make_project, manage

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "ab" * 32
NEW = "/models/new/"
PARTS = {
    "folder": ({"path": "my-model"}, "transformers", "my-model"),
    "gguf": ({"path": "m/chat.Q8_0.gguf"}, "transformers", "m/chat.Q8_0.gguf"),
    "hub": ({"repository": "org/name", "commit": COMMIT}, "transformers", f"hub:org/name@{COMMIT}"),
    "adapter": ({"base": "my-model", "adapter": "polite"}, "transformers", "my-model+polite"),
    "server": ({"url": "http://127.0.0.1:8000/v1", "model": "m"}, "openai", "http://127.0.0.1:8000/v1#m"),
}


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def scripted(settings) -> None:
    settings.SCRIPTED_MODELS = True


def add(client, kind: str = "folder", **fields):
    return client.post(f"{NEW}?kind={kind}", {"name": "mine", **PARTS.get(kind, [{}])[0], **fields})


def page(client, version: ModelVersion) -> str:
    return client.get(f"/models/{version.pk}/").content.decode()


@pytest.mark.parametrize("kind", PARTS)
def test_each_kind_asks_for_its_parts_and_composes_the_source(client, manager, kind):
    parts, engine, source = PARTS[kind]
    form = client.get(f"{NEW}?kind={kind}").content.decode()
    assert all(f'name="{name}"' in form for name in parts)
    answer = add(client, kind, system_prompt="Be kind.")
    version = ModelVersion.objects.get()
    assert answer.url == f"/models/{version.pk}/"
    assert (version.name, version.engine, version.source) == ("mine", engine, source)
    assert (version.system_prompt, version.created_by) == ("Be kind.", manager)


@pytest.mark.parametrize("kind", ["folder", "gguf", "adapter"])
def test_it_says_in_which_folder_the_installations_own_worker_looks(client, kind):
    assert f"{home() / 'models'}" in client.get(f"{NEW}?kind={kind}").content.decode()


def test_it_asks_first_where_the_model_is(client):
    page = client.get(NEW).content.decode()
    assert all(f"?kind={kind}" in page for kind in PARTS)
    assert "<form class" not in page


def test_a_new_version_is_being_checked_and_not_usable(client):
    answer = add(client)
    version = ModelVersion.objects.get()
    assert Trial.objects.get().is_check
    assert not ModelVersion.objects.usable().exists()
    for shown in (page(client, version), client.get("/models/").content.decode()):
        assert "being checked" in shown and "not checked yet" not in shown
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["“mine” was added."]


def test_the_scripted_engine_is_offered_only_where_it_is_asked_for(client, settings):
    assert "?kind=scripted" not in client.get(NEW).content.decode()
    assert client.post(f"{NEW}?kind=scripted", {"name": "mine", "script": "scripted"}).status_code == 404
    settings.SCRIPTED_MODELS = True
    assert "?kind=scripted" in client.get(NEW).content.decode()
    client.post(f"{NEW}?kind=scripted", {"name": "mine", "script": "scripted:slow"})
    assert ModelVersion.objects.get().source == "scripted:slow"


@pytest.mark.parametrize("kind", ["", "FOLDER", "nonsense", "transformers"])
def test_a_kind_that_there_is_not_is_not_found(client, kind):
    assert client.get(f"{NEW}?kind={kind}").status_code == (404 if kind else 200)


def test_a_branch_is_refused_with_the_way_to_the_commit(client):
    answer = add(client, "hub", commit="main")
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "40 digits" in said and "history of commits" in said
    assert 'value="main"' in said and 'value="org/name"' in said
    assert not ModelVersion.objects.exists()


def test_the_digits_of_a_commit_may_come_in_capitals_and_with_space_around_them(client):
    add(client, "hub", commit=f" {COMMIT.upper()}\n", sha256=f" {SHA256.upper()} ")
    version = ModelVersion.objects.get()
    assert (version.source, version.sha256) == (f"hub:org/name@{COMMIT}", SHA256)


def test_a_sha256_has_64_digits(client):
    answer = add(client, sha256="ab")
    assert answer.status_code == 422
    assert "64 digits" in answer.content.decode()


@pytest.mark.parametrize("kind", ["server", "scripted"])
def test_nothing_asks_for_the_hash_of_what_has_none(client, scripted, kind):
    assert 'name="sha256"' not in client.get(f"{NEW}?kind={kind}").content.decode()
    add(client, kind, script="scripted", sha256=SHA256)
    assert ModelVersion.objects.get().sha256 == ""


def test_a_password_in_a_url_is_refused_and_not_kept(client):
    answer = add(client, "server", url="http://me:secret@127.0.0.1:8000/v1", model="")
    assert answer.status_code == 422
    assert "OPENAI_API_KEY" in answer.content.decode()
    assert not ModelVersion.objects.exists()


def test_a_source_that_is_too_long_all_in_all_is_refused(client):
    answer = add(client, "adapter", base="a" * 300, adapter="b" * 300)
    assert answer.status_code == 422
    assert "500 characters" in answer.content.decode()


@pytest.mark.parametrize("name", ["mine", "Mine"])
def test_a_name_is_used_once(client, name):
    add(client)
    answer = add(client, path="another-model", name=name)
    assert answer.status_code == 422
    assert "“mine” is there already. Choose another name." in answer.content.decode()


def test_the_same_source_and_system_prompt_twice_is_told_and_not_forbidden(client):
    add(client)
    told = add(client, name="again")
    assert told.status_code == 422
    assert "“mine” has the same source" in told.content.decode()
    assert "Add it all the same" in told.content.decode()
    add(client, name="again", same_is_meant="on")
    assert ModelVersion.objects.filter(source="my-model").count() == 2


def test_the_same_source_with_another_system_prompt_is_another_version(client):
    add(client)
    add(client, name="kind", system_prompt="Be kind.")
    assert ModelVersion.objects.count() == 2


def test_a_version_like_another_starts_from_it(client):
    add(client, "adapter", system_prompt="Be kind.", sha256=SHA256)
    like = f"{NEW}?like={ModelVersion.objects.get().pk}"
    form = client.get(like).content.decode()
    assert 'value="my-model"' in form and 'value="polite"' in form and "Be kind." in form
    assert 'value="mine (2)"' in form
    assert SHA256 not in form
    client.post(like, {"name": "mine (2)", "base": "my-model", "adapter": "blunt", "system_prompt": "Be blunt."})
    assert ModelVersion.objects.get(name="mine (2)").source == "my-model+blunt"


@pytest.mark.parametrize("like", ["0", "x", "-1", "9" * 30, "²"])
def test_a_version_like_none_is_not_found(client, like):
    assert client.get(NEW, {"like": like}).status_code == 404


def test_a_refused_version_says_why_in_the_workers_words_and_is_checked_again(client):
    add(client)
    version = ModelVersion.objects.get()
    generation_fails(version, "No such folder: <b>my-model</b>")
    said = page(client, version)
    assert "No such folder: &lt;b&gt;my-model&lt;/b&gt;" in said
    assert "MODEL_FOLDERS" in said
    client.post(f"/models/{version.pk}/check/")
    version.refresh_from_db()
    assert version.state == "new"
    assert version.trials.filter(is_check=True, state="queued").count() == 1


def generation_fails(version: ModelVersion, detail: str) -> None:
    check = version.trials.get()
    assert check.fail(1, detail)
    version.refresh_from_db()
    assert version.state == "refused"


def test_a_manager_reads_which_of_their_rounds_use_a_version_and_how_many_others(client, manager):
    mine = make_project("mine")
    manage(mine, manager)
    theirs = make_project("secret")
    version = ModelVersion.objects.get(name="mine-0")
    theirs.rounds.create(number=2).policy.create(model_version=version)
    for said in (page(client, version), client.get("/models/").content.decode()):
        assert "Mine, round 1" in said
        assert "1 round of another project" in said
    assert "Secret" not in page(client, version)


def test_the_list_asks_the_database_no_more_for_more_versions(client, manager, django_assert_max_num_queries):
    manage(make_project("one"), manager)
    with django_assert_max_num_queries(20) as few:
        client.get("/models/")
    for slug in ("two", "three", "four"):
        manage(make_project(slug), manager)
    with django_assert_max_num_queries(len(few)):
        client.get("/models/")


def test_an_empty_installation_says_what_to_do_first(client):
    assert "Add a model version" in client.get("/models/").content.decode()


def names(answer) -> list[str]:
    return [row.record.name for row in answer.context["listing"].table.rows]


def test_many_versions_are_a_page_at_a_time_the_newest_first(client, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    for name in ("b", "c", "a"):
        ModelVersion.objects.create(name=name, source=f"folder-{name}")
    begin = client.get("/models/")
    assert names(begin) == ["a", "c"]
    assert names(client.get(f"/models/?after={begin.context['listing'].rows.page.after}")) == ["b"]
    assert names(client.get("/models/?sort=name")) == ["a", "b"]


def test_they_are_searched_by_name_source_and_system_prompt(client):
    ModelVersion.objects.create(name="kind", source="one", system_prompt="Be gentle.")
    ModelVersion.objects.create(name="blunt", source="two/chat.gguf")
    for asked in ("KIND", "one", "gentle"):
        assert names(client.get(f"/models/?q={asked}")) == ["kind"]
    assert names(client.get("/models/?q=chat.gguf")) == ["blunt"]
    nothing = client.get("/models/?q=nobody").content.decode()
    assert "Nothing here is like that." in nothing and "there is none yet" not in nothing


def test_they_are_filtered_by_state(client):
    states = {"ready": {"checked_at": timezone.now()}, "refused": {"check_error": "No such folder"}, "new": {}}
    for name, state in states.items():
        assert ModelVersion.objects.create(name=name, source="x", **state).state == name
    for name in states:
        assert names(client.get(f"/models/?state={name}")) == [name]
    assert len(names(client.get("/models/?state=nonsense"))) == 3


def test_all_of_them_are_a_file(client, manager):
    mine = make_project("mine")
    manage(mine, manager)
    make_project("secret").rounds.create(number=2).policy.create(model_version=ModelVersion.objects.get(name="mine-0"))
    add(client, system_prompt="Be kind.")
    text = b"".join(client.get("/models/?as=csv").streaming_content).decode("utf-8-sig")
    rows = {row["Version"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["mine"]["System prompt"] == "Be kind." and rows["mine"]["State"] == "being checked"
    assert rows["mine"]["Where it comes from"] == "my-model" and rows["mine"]["Used in"] == ""
    assert rows["mine-0"]["Used in"] == "Mine, round 1; elsewhere: 1" and "Secret" not in rows["mine-0"]["Used in"]
