"""What is changed leaves an event, however it was changed, and the event stays as it is."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group, Permission
from django.core import management
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import manage as manage_py
from labeling.audit.acting import acting_now
from labeling.audit.kinds import WATCHED
from labeling.audit.models import Event
from labeling.audit.words import tell
from labeling.cohorts.models import Cohort, ConsentText, Invitation, Person, SignInLink
from labeling.projects.models import (
    GuidelineVersion,
    ModelVersion,
    PairPolicyEntry,
    Project,
    PromptSet,
    Role,
    Round,
)
from tests.comparisons.pages import judge
from tests.people import manage
from tests.projects.invited import TYPED, invite


def newest(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def test_every_watched_table_has_its_triggers(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE 'audit\\_%' GROUP BY 1"
        )
        triggers = dict(cursor.fetchall())
    tables = [kind.key.replace(".", "_") for kind in WATCHED]
    assert {table: triggers.get(table) for table in tables} == dict.fromkeys(tables, 3)


def test_it_tells_who_gave_what_role_to_whom_where(client, manager, alice, project):
    manage(project, manager)
    client.force_login(manager)
    role = {"person": alice.pk, "project": project.pk, "kind": "reviewer"}
    assert client.post("/admin/projects/role/add/", role).status_code == 302
    event = newest("projects.role")
    assert (event.action, event.actor, event.person, event.project) == ("added", manager, alice, project)
    assert event.after["kind"] == "reviewer"


def test_it_tells_what_was_so_before_and_what_is_so_since(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    client.post(reverse("project_stop", args=[project.slug]))
    event = newest("projects.project")
    assert event.actor == manager
    assert event.before == {"stopped_at": None}
    assert list(event.after) == ["stopped_at"] and event.after["stopped_at"]


def test_a_bulk_update_and_plain_sql_are_noticed_too(project):
    Project.objects.update(max_passes=6)
    assert newest("projects.project").after == {"max_passes": 6}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET max_passes = 7")
    event = newest("projects.project")
    assert (event.before, event.after, event.actor) == ({"max_passes": 6}, {"max_passes": 7}, None)


def test_what_stays_as_it_was_is_no_event(project):
    there = Event.objects.count()
    Project.objects.update(max_passes=project.max_passes)
    project.save()
    assert Event.objects.count() == there


def test_people_who_join_together_are_an_event_each_and_prompts_one(db):
    cohort = Cohort.objects.create(name="Third")
    cohort.take_in([("a@example.org", "A"), ("b@example.org", "B")])
    joined = Event.objects.filter(kind="cohorts.membership", cohort=cohort, action="added")
    assert {event.person.email for event in joined} == {"a@example.org", "b@example.org"}
    prompts = PromptSet.objects.create(name="A set")
    prompts.add([f"What is {n}?" for n in range(40)])
    event = Event.objects.get(kind="projects.prompt")
    assert (event.action, event.rows, event.about) == ("added", 40, {"prompt_set_id": prompts.pk})


def test_invitations_are_one_event_of_their_cohort_without_links_and_addresses(alice, manager):
    cohort, later = alice.cohorts.get(), timezone.now() + timedelta(days=1)
    tokens = Invitation.objects.personal(cohort, manager, ["c@example.org", "d@example.org"], expires_at=later)
    event = newest("cohorts.invitation")
    assert (event.action, event.rows, event.cohort) == ("added", 2, cohort)
    Invitation.objects.update(revoked_at=timezone.now())
    kept = [f"{event.about}{event.before}{event.after}" for event in Event.objects.filter(kind="cohorts.invitation")]
    assert len(kept) == 3
    for secret in ("digest", "c@example.org", tokens[0][1]):
        assert not [row for row in kept if secret in row], secret


def test_whoever_joins_by_a_link_is_who_did_all_that_comes_of_it(client, alice, manager):
    ConsentText.objects.write(1, "Be kind.", manager)
    link, there = invite(alice.cohorts.get(), manager), Event.objects.latest("pk").pk
    agreed = {"agreed": "on", "text": ConsentText.objects.newest().pk}
    assert client.post(link, TYPED | agreed).status_code == 302
    ana = Person.objects.get(email="ana@example.org")
    done = Event.objects.filter(pk__gt=there)
    kinds = {"cohorts.person", "cohorts.membership", "cohorts.invitation", "cohorts.consent"}
    assert set(done.values_list("kind", "actor")) == {(kind, ana.pk) for kind in kinds}
    assert acting_now() is None, "nobody acts once the request has ended"


def test_leaving_a_cohort_is_told_of_the_person(alice, project):
    alice.cohorts.get().let_go(alice)
    event = newest("cohorts.membership")
    assert (event.person, event.action, list(event.after)) == (alice, "changed", ["left_at"])


def test_a_pause_tells_of_the_person_and_the_cohort(alice, manager, project):
    alice.memberships.pause("Come back on Monday.", manager)
    event = newest("cohorts.pause")
    assert (event.person, event.cohort, event.after["reason"]) == (alice, alice.cohorts.get(), "Come back on Monday.")


def test_opening_a_round_tells_its_state_and_its_guidelines(project):
    event = newest("projects.round")
    assert (event.before["state"], event.after["state"], event.about["number"]) == ("draft", "open", 1)
    frozen = Event.objects.filter(kind="projects.roundguideline", project=project)
    assert {event.about["axis"] for event in frozen} == {"helpfulness", "safety"}


def test_a_draft_that_is_saved_as_it_was_is_no_event(project):
    draft = Round.objects.draft(project)
    policy = [PairPolicyEntry(model_version=ModelVersion.objects.first(), weight=2.0)]
    draft.revise(policy, target=None)
    there = Event.objects.count()
    draft.revise([PairPolicyEntry(model_version=ModelVersion.objects.first(), weight=2)], target=None)
    assert Event.objects.count() == there
    draft.revise([PairPolicyEntry(model_version=ModelVersion.objects.first(), weight=3)], target=None)
    assert Event.objects.count() == there + 2


def test_who_may_see_names_is_told(alice):
    alice.user_permissions.add(Permission.objects.get(codename="see_names"))
    event = newest("cohorts.person_user_permissions")
    assert (event.person, event.action) == (alice, "added")
    assert tell([event], by_name=False)[0].called == "may see names"


def test_no_secret_and_no_long_text_is_kept(alice, project):
    alice.set_password("quite-a-long-one")
    alice.save()
    token = SignInLink.objects.issue(alice)
    GuidelineVersion.objects.write(project, "safety", 2, "Judge harm, not manners.", alice)
    kept = [f"{event.about}{event.before}{event.after}" for event in Event.objects.all()]
    assert SignInLink.objects.find(token).digest not in "".join(kept)
    for secret in ("password", "digest", "pbkdf2", token, "not manners"):
        assert not [row for row in kept if secret in row], secret
    assert newest("cohorts.signinlink").person == alice


def test_an_account_that_changes_tells_its_address_and_rights(alice):
    Person.objects.filter(pk=alice.pk).update(email="new@example.org", is_staff=True)
    event = newest("cohorts.person")
    assert event.before == {"email": "alice@example.org", "is_staff": False}
    assert event.after == {"email": "new@example.org", "is_staff": True}


def test_how_somebody_reads_is_nobodys_business(alice):
    there = Event.objects.count()
    alice.blur(True)
    alice.writes_in("de")
    assert Event.objects.count() == there


@pytest.mark.parametrize("change", [lambda events: events.update(rows=2), lambda events: events.delete()])
def test_no_event_is_ever_changed_or_deleted(project, change):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        change(Event.objects.all())


def test_what_is_rolled_back_leaves_no_event(project):
    there = Event.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        project.stop()
        raise ZeroDivisionError
    assert Event.objects.count() == there


def test_an_event_outlives_who_and_what_it_is_about(alice, manager, project):
    role = Role.objects.create(person=manager, project=project, kind="manager")
    pk = manager.pk
    role.delete()
    manager.delete()
    event = newest("projects.role")
    assert (event.action, event.person_id, event.before["kind"]) == ("removed", pk, "manager")


def test_a_snapshot_that_is_made_and_copied_is_told(project, tmp_path):
    """By its number, and without the beats of whoever makes it."""
    management.call_command("snapshot", project=project.slug, out=tmp_path / "out")
    asked, made = tell(Event.objects.filter(kind="datasets.snapshot").order_by("pk"), by_name=True)
    assert [(one.what, one.called) for one in (asked, made)] == [
        ("Snapshot asked for", "Snapshot 1"),
        ("Snapshot made", "Snapshot 1"),
    ]
    event = newest("datasets.download")
    assert (event.action, event.project, event.after) == ("made", project, {"file": str(tmp_path / "out")})
    assert (tell([event], by_name=True)[0].what, tell([event], by_name=True)[0].called) == (
        "Data set downloaded",
        "Snapshot 1",
    )


def test_an_actor_is_named_for_their_own_request_alone(transactional_db, client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    client.post(reverse("project_stop", args=[project.slug]))
    project.resume()
    event = newest("projects.project")
    assert event.after == {"stopped_at": None} and event.actor is None


def test_a_judgement_costs_no_statement_more(client, alice, assignment):
    """And none of its statements is told who acts."""
    client.force_login(alice)
    with CaptureQueriesContext(connection) as asked:
        assert judge(client, assignment).status_code == 200
    assert assignment.revisions.count() == 1
    assert not [query for query in asked.captured_queries if "tandem.actor" in query["sql"]]


def test_two_factor_is_told_of_the_person_without_what_it_goes_by(alice):
    TOTP.activate(alice, "A" * 32)
    event = newest("mfa.authenticator")
    assert (event.person, event.action, event.after) == (alice, "added", {"type": "totp"})
    Authenticator.objects.get().delete()
    event = newest("mfa.authenticator")
    assert (event.person, event.action) == (alice, "removed")
    assert tell([event], by_name=True)[0].what == "Two-factor taken down"


def test_a_confirmed_address_is_told(alice):
    address = EmailAddress.objects.create(user=alice, email=alice.email, verified=False)
    address.set_verified()
    event = newest("account.emailaddress")
    assert (event.person, event.after) == (alice, {"verified": True})
    assert tell([event], by_name=True)[0].what == "E-mail address confirmed"


def test_groups_are_told(alice):
    readers = Group.objects.create(name="Readers")
    readers.permissions.add(Permission.objects.get(codename="see_names"))
    alice.groups.add(readers)
    told = tell([newest("auth.group_permissions"), newest("cohorts.person_groups")], by_name=True)
    assert [(one.what, one.called) for one in told] == [
        ("Permission given to a group", "may see names in Readers"),
        ("Put into a group", "Readers"),
    ]
    assert newest("cohorts.person_groups").person == alice


def test_a_command_is_named_for_what_it_changes(alice, monkeypatch):
    TOTP.activate(alice, "A" * 32)
    monkeypatch.setattr("sys.argv", ["manage.py", "take_down_two_factor", alice.email])
    monkeypatch.setattr(management, "execute_from_command_line", lambda argv: management.call_command(*argv[1:]))
    manage_py.main()  # but for the end of it, which closes the connection
    event = newest("mfa.authenticator")
    assert (event.action, event.actor, event.command) == ("removed", None, "take_down_two_factor")
    assert tell([event], by_name=True)[0].actor == "command line: take_down_two_factor"


def test_events_are_not_emptied(project):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_event")
    assert Event.objects.exists()
