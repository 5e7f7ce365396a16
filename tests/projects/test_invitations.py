"""How managers invite people, and what the list of invitations says."""

import csv
import io
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.cohorts.models import Cohort, Invitation, Person
from tests.people import make_project
from tests.projects.invited import invite, links
from tests.projects.pages import words


@pytest.fixture
def first(managed) -> Cohort:
    return Cohort.objects.get(name="first")


@pytest.fixture
def page(first) -> str:
    return f"/projects/both/cohorts/{first.pk}/invitations/"


def states(answer) -> list[str]:
    return [str(row.record.state) for row in answer.context["listing"].table.rows]


def file_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.context["file"])))


def test_one_link_for_many_is_shown_once_with_what_it_allows(client, first, page):
    answer = client.post(f"{page}link/", {"limit": 30, "days": 7})
    [link] = links(answer)
    assert "30 people" in words(answer) and "no-store" in answer["Cache-Control"]
    assert Client().get(link).status_code == 200
    made = Invitation.objects.get()
    assert (made.limit, made.email, (made.expires_at - timezone.now()).days) == (30, "", 6)
    assert link.split("/")[2] not in str(Invitation.objects.values().get())
    assert links(client.get(page)) == []


def test_each_address_gets_a_link_of_its_own_and_a_file_of_all(client, first, page):
    answer = client.post(f"{page}people/", {"people": "Bo Lee <BO@example.org>, cy@example.org", "days": 7})
    assert len(set(links(answer))) == 2
    rows = file_of(answer)
    assert [row[:2] for row in rows] == [["name", "email"], ["Bo Lee", "bo@example.org"], ["", "cy@example.org"]]
    assert {row[2].removeprefix("http://testserver") for row in rows[1:]} == set(links(answer))
    assert rows == list(csv.reader(io.StringIO(unquote(words(answer).split("charset=utf-8,")[1].split('"')[0]))))
    assert set(Invitation.objects.values_list("email", "limit")) == {("bo@example.org", 1), ("cy@example.org", 1)}


@pytest.mark.parametrize(
    "text",
    [
        "name,email\nBo Lee,bo@example.org\n,cy@example.org\n",
        "\ufeffE-Mail;Full Name\r\nbo@example.org;Bo Lee\r\ncy@example.org;\r\n",
        "Bo Lee\tbo@example.org\n\tcy@example.org\n",
        "bo@example.org,Bo Lee\n\ncy@example.org",
    ],
)
def test_a_file_names_them_as_spreadsheets_save_it(client, first, page, text):
    file = SimpleUploadedFile("people.csv", text.encode())
    answer = client.post(f"{page}people/", {"file": file, "people": "", "days": 7})
    assert [row[:2] for row in file_of(answer)[1:]] == [["Bo Lee", "bo@example.org"], ["", "cy@example.org"]]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"people": ""}, "Name at least one person."),
        ({"people": "bo@example.org\nnobody"}, "Line 2, “nobody”, is no e-mail address."),
        ({"file": b"name,email\nBo,bo@example.org\nCy,cy\n"}, "Line 3"),
        ({"file": "Zoë".encode("latin-1")}, "no text in UTF-8"),
        ({"file": b"a" * 1_000_001}, "too large"),
        ({"people": "bo@example.org", "days": 0}, "greater than or equal to 1"),
        ({"people": "\n".join(f"p{n}@example.org" for n in range(5001))}, "at most 5000 people"),
    ],
)
def test_what_names_nobody_comes_back_with_the_reason_and_invites_nobody(client, first, page, sent, problem):
    if "file" in sent:
        sent = {**sent, "file": SimpleUploadedFile("people.csv", sent["file"])}
    answer = client.post(f"{page}people/", {"days": 7, **sent})
    assert answer.status_code == 422 and problem in words(answer)
    assert not Invitation.objects.exists()


def test_whoever_is_in_needs_no_link(client, first, page):
    answer = client.post(f"{page}people/", {"people": "Alice@example.org, bo@example.org", "days": 7})
    assert len(links(answer)) == 1 and "1 other is in the cohort already" in words(answer)
    alone = client.post(f"{page}people/", {"people": "alice@example.org", "days": 7})
    assert alone.status_code == 200 and links(alone) == []


def test_a_second_link_for_an_address_ends_the_first(client, first, page, maria):
    before = invite(first, maria, email="bo@example.org")
    [link] = links(client.post(f"{page}people/", {"people": "bo@example.org", "days": 7}))
    assert Client().get(before).status_code == 410
    assert Client().get(link).status_code == 200
    assert states(client.get(page)) == ["open", "revoked"]


def test_a_cell_that_a_spreadsheet_would_run_is_text_in_the_file(client, first, page):
    rows = file_of(client.post(f"{page}people/", {"people": '"=1+1" <+bo@example.org>', "days": 7}))
    assert rows[1][:2] == ["'=1+1", "'+bo@example.org"]


def test_the_list_says_what_became_of_each(client, first, page, maria, bob):
    invite(first, maria)
    Invitation.objects.update(expires_at=timezone.now())
    invite(first, maria)
    Invitation.objects.latest("pk").let_in(bob)
    invite(first, maria, limit=3)
    Invitation.objects.latest("pk").revoke()
    invite(first, maria, email="ana@example.org")
    answer = client.get(page)
    assert states(answer) == ["open", "revoked", "used up", "expired"]
    assert "1 of 1" in words(answer)
    for state in Invitation.State.values:
        assert states(client.get(page, {"state": state})) == [state]


def test_addresses_are_for_whom_names_are(client, first, page, maria, manager):
    Person.objects.filter(pk=manager.pk).update(name="Olga Brown")
    invite(first, manager, email="ana@example.org")
    answers = [client.get(page), client.get(f"{page}?q=ana"), client.get(f"{page}?as=csv")]
    for html in [words(answers[0]), words(answers[1]), b"".join(answers[2].streaming_content).decode()]:
        assert "one person, by address" in html and "ana@example.org" not in html
        assert manager.pseudonym in html and "Olga" not in html
    assert client.get(f"{page}?q=nobody").context["listing"].total == 1, "and nobody finds out by searching"
    maria.user_permissions.add(Permission.objects.get(codename="see_names"))
    assert "ana@example.org" in words(client.get(f"{page}?q=ANA@"))
    assert states(client.get(f"{page}?q=nobody")) == []


def test_a_link_is_revoked_with_a_click_and_works_again_with_another(client, first, page, maria):
    link, pk = invite(first, maria), Invitation.objects.get().pk
    assert f'action="{page}{pk}/revoke/"' in words(client.get(page))
    client.post(f"{page}{pk}/revoke/")
    assert Client().get(link).status_code == 410
    assert f'action="{page}{pk}/restore/"' in words(client.get(page))
    client.post(f"{page}{pk}/restore/")
    assert Client().get(link).status_code == 200


def test_what_cannot_be_taken_back_says_so(client, first, page, maria):
    invite(first, maria, email="bo@example.org")
    old = Invitation.objects.get()
    invite(first, maria, email="bo@example.org")
    assert "another link since" in words(client.post(f"{page}{old.pk}/restore/", follow=True))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "cannot be taken back" in words(client.post(f"{page}{old.pk}/restore/", follow=True))
    assert "no more already" not in words(client.get(page))
    assert "let in nobody any more already" in words(client.post(f"{page}{old.pk}/revoke/", follow=True))


def test_an_invitation_of_another_cohort_is_not_there(client, first, page, maria, bob):
    invite(Cohort.objects.get(name="second"), maria)
    pk = Invitation.objects.get().pk
    for step in ("revoke", "restore"):
        assert client.post(f"{page}{pk}/{step}/").status_code == 404
    assert Invitation.objects.get().revoked_at is None


def test_a_cohort_that_others_rely_on_is_invited_to_by_staff_alone(client, first, page, maria):
    make_project("elsewhere", cohort="second").enrol(first, ["safety"])
    cohort_page = page.removesuffix("invitations/")
    assert page not in words(client.get(cohort_page))
    for address in (page, f"{page}link/", f"{page}people/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}link/", {"limit": 1, "days": 1}).status_code == 404
    maria.is_staff = True
    maria.save()
    assert page in words(client.get(cohort_page))
    assert client.get(page).status_code == 200


def test_a_link_leads_to_where_the_installation_says_it_is(client, first, page, settings):
    settings.BASE_URL = "https://tandem.example"
    answer = client.post(f"{page}link/", {"limit": 1, "days": 1}, headers={"Host": "testserver"})
    assert ">https://tandem.example/invitations/" in words(answer)
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.post(f"{page}link/", {"limit": 1, "days": 1}, headers={"Host": "evil.example"}).status_code == 400


def test_a_long_list_goes_on_and_takes_as_many_queries_as_a_short_one(client, first, page, maria):
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    invite(first, maria)
    few = queries(page)
    until = timezone.now() + timedelta(days=1)
    Invitation.objects.personal(first, maria, [f"p{n}@example.org" for n in range(60)], expires_at=until)
    assert queries(page) == few
    newest = client.get(page)
    older = client.get(f"{page}?after={newest.context['listing'].rows.page.after}")
    assert (len(states(newest)), len(states(older)), older.context["listing"].rows.page.after) == (50, 11, None)
    assert client.get(f"{page}?before=nothing").status_code == 200


@pytest.mark.parametrize(
    "broken", [{"used": 2}, {"limit": 0}, {"email": "bo@example.org", "limit": 2}], ids=lambda broken: str(broken)
)
def test_the_database_refuses_what_no_invitation_may_be(first, maria, broken):
    invite(first, maria)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.update(**broken)


def test_the_same_form_sent_twice_makes_its_links_once_and_shows_them_again(client, first, page):
    def sent(kind: str, **typed) -> set[str]:
        key = client.get(f"{page}{kind}/").context["form"]["key"].value()
        both = [set(links(client.post(f"{page}{kind}/", {"key": key, "days": 7, **typed}))) for _time in range(2)]
        assert both[0] == both[1]
        return both[0]

    many, two = sent("link", limit=9), sent("people", people="bo@example.org, cy@example.org")
    assert (len(many), len(two), Invitation.objects.count()) == (1, 2, 3)
    assert {Client().get(link).status_code for link in many | two} == {200}
    anew = sent("people", people="bo@example.org")
    assert not anew & two and Invitation.objects.open().filter(email="bo@example.org").count() == 1


def test_a_form_that_somebody_else_sends_makes_links_of_its_own(client, manager, first, page):
    typed = {"key": "6d0c1a54-6d4f-4c43-9a5b-3b0f2a4b1c11", "people": "bo@example.org", "days": 7}
    hers = links(client.post(f"{page}people/", typed))
    other = Cohort.objects.create(name="other")
    until = timezone.now() + timedelta(days=1)
    theirs = Invitation.objects.personal(other, manager, ["bo@example.org"], expires_at=until, key=typed["key"])
    assert theirs[0][1] not in hers[0]
