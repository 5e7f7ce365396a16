"""Who may do what at which URL: a line for each URL of the project, those of django-allauth's pages included.

The tests of this folder derive the rest: whoever is not named finds nothing, and no other method does anything.
"""

from typing import NamedTuple

STRANGER = "a stranger"  # has not signed in
ANNOTATOR = "annotator"  # whose rows the addresses name, and whose cohort works in the project
BYSTANDER = "annotator elsewhere"
REVIEWER = "reviewer"  # in the project
NEIGHBOUR = "manager elsewhere"
MANAGER = "manager"  # of the project
STAFF = "staff"  # lets people in, and has no role in the project
ADMIN = "admin"  # a superuser

ALL = (STRANGER, ANNOTATOR, BYSTANDER, REVIEWER, NEIGHBOUR, MANAGER, STAFF, ADMIN)
PEOPLE = ALL[1:]
MANAGERS = (NEIGHBOUR, MANAGER, STAFF, ADMIN)  # whoever manages anything
OURS = (MANAGER, ADMIN)  # who manage the project
READERS = (REVIEWER, *OURS)  # who may read what was judged in it
STAFFS = (STAFF, ADMIN)
BOTH = (ADMIN,)  # whoever is staff and manages the project, which of these is the admin alone
THEIRS = (ANNOTATOR,)  # only who does the work
NOBODY = ()  # in these tests

ANY = "GET POST PUT PATCH DELETE"  # of pages that answer all methods alike
FORM = "GET POST PUT"  # what Django's form views take


class Rule(NamedTuple):
    methods: tuple[str, ...]
    who: tuple[str, ...]
    arguments: tuple[str, ...]  # of the address, by the names in world.py
    posts: tuple[str, ...]  # who may do what is not safe, where not all may who may look

    @property
    def takes(self) -> tuple[str, ...]:
        """HEAD wherever GET is, and answered alike; but not by streams, which have an end only when all is written."""
        return (*self.methods, "HEAD") if "GET" in self.methods and self.who else self.methods


def rule(methods: str, who: tuple[str, ...], arguments: str = "", *, posts: tuple[str, ...] | None = None) -> Rule:
    return Rule(tuple(methods.split()), who, tuple(arguments.split()), who if posts is None else posts)


def one_of(people: tuple[str, ...]) -> str:
    """The admin, who gets furthest, where that is no worse than anybody else."""
    return ADMIN if ADMIN in people and people != ALL else people[0]


RULES = {
    # for everybody; a link that lets one in is its own key
    "favicon": rule(ANY, ALL),
    "healthz": rule("GET", ALL),
    "invitation": rule("GET POST", ALL, "invitation_token"),
    "session": rule("GET", ALL),
    "sign_in_link": rule("GET POST", ALL, "sign_in_token"),
    # one's own
    "blur": rule("POST", PEOPLE),
    "consent": rule("GET POST", PEOPLE),
    "draft": rule("POST", PEOPLE),
    "home": rule("GET", PEOPLE),
    "hours": rule("GET", PEOPLE),
    "keep_view": rule("POST", PEOPLE),
    "profile": rule("GET POST", PEOPLE),
    "tests": rule("GET", PEOPLE),
    "withdraw": rule("POST", PEOPLE),
    # work
    "acknowledge": rule("POST", THEIRS, "slug"),
    "answer_seen": rule("POST", THEIRS, "report"),
    "ask": rule("POST", THEIRS, "slug"),
    "cannot_judge": rule("POST", THEIRS, "assignment"),
    "care": rule("GET", THEIRS, "slug"),
    "guidelines": rule("GET", THEIRS, "slug"),
    "change": rule("GET", THEIRS, "judged"),
    "correct_language": rule("POST", THEIRS, "turn"),
    "end_dialogue": rule("POST", THEIRS, "dialogue"),
    "feedback": rule("GET", THEIRS, "slug"),
    "judge": rule("POST", THEIRS, "assignment"),
    "meanwhile": rule("GET", THEIRS, "slug"),
    "mine": rule("GET", THEIRS, "slug"),
    "my_reports": rule("GET POST", THEIRS, "slug"),
    "opt_in": rule("POST", THEIRS, "slug"),
    "opt_out": rule("POST", THEIRS, "slug"),
    "pair": rule("GET", THEIRS, "turn"),
    "pass": rule("POST", THEIRS, "assignment"),
    "renew_lease": rule("POST", THEIRS, "assignment"),
    "report": rule("POST", THEIRS, "assignment"),
    "retry": rule("POST", THEIRS, "completion"),
    "stop": rule("POST", THEIRS, "completion"),
    "take": rule("POST", THEIRS, "slug"),
    "undo_pass": rule("POST", THEIRS, "pass"),
    "workbench": rule("GET", THEIRS, "slug"),
    # tests
    "attempt": rule("GET", THEIRS, "attempt"),
    "attempt_answer": rule("POST", THEIRS, "attempt item"),
    "attempt_finish": rule("POST", THEIRS, "attempt number"),
    "attempt_part": rule("POST", THEIRS, "attempt"),
    "test": rule("GET", THEIRS, "test"),
    "test_begin": rule("POST", THEIRS, "test"),
    "test_practice": rule("GET POST", THEIRS, "test"),
    # of a project
    "adjudicate": rule("POST", READERS, "slug comparison axis"),
    "adjudication": rule("GET", READERS, "slug"),
    "adjudication_undo": rule("POST", NOBODY, "slug judged"),
    "cohort": rule("GET POST", OURS, "slug cohort", posts=BOTH),
    "cohort_change": rule("GET POST", OURS, "slug cohort"),
    "cohort_links": rule("POST", BOTH, "slug cohort"),
    "cohort_new": rule("GET POST", BOTH, "slug"),
    "cohort_person": rule("GET POST", OURS, "slug cohort person", posts=BOTH),
    "cohort_person_leave": rule("POST", OURS, "slug cohort person"),
    "enrolment": rule("GET POST", OURS, "slug enrolment"),
    "enrolment_end": rule("POST", OURS, "slug enrolment"),
    "enrolments": rule("GET POST", OURS, "slug"),
    "gold": rule("GET", READERS, "slug"),
    "gold_answer": rule("GET POST", READERS, "slug gold"),
    "gold_new": rule("GET POST", READERS, "slug judged"),
    "guideline": rule("GET", OURS, "slug axis"),
    "guideline_clarify": rule("GET POST", OURS, "slug axis number"),
    "guideline_differences": rule("GET", OURS, "slug axis"),
    "guideline_new": rule("GET POST", OURS, "slug axis"),
    "guideline_version": rule("GET", OURS, "slug axis number"),
    "history": rule("GET", OURS, "slug"),
    "invitation_link": rule("GET POST", OURS, "slug cohort"),
    "invitation_people": rule("GET POST", OURS, "slug cohort"),
    "invitation_restore": rule("POST", OURS, "slug cohort invitation"),
    "invitation_revoke": rule("POST", OURS, "slug cohort invitation"),
    "invitations": rule("GET", OURS, "slug cohort"),
    "judgements": rule("GET", READERS, "slug"),
    "lease_release": rule("POST", OURS, "slug lease"),
    "leases": rule("GET", OURS, "slug"),
    "project": rule("GET", OURS, "slug"),
    "project_resume": rule("POST", OURS, "slug"),
    "project_settings": rule("GET POST", OURS, "slug"),
    "project_stop": rule("POST", OURS, "slug"),
    "quality": rule("GET", READERS, "slug"),
    "quality_behind": rule("GET", READERS, "slug figure"),
    "quality_compute": rule("GET POST", READERS, "slug"),
    "quality_model": rule("GET", READERS, "slug"),
    "quality_pairs": rule("GET", READERS, "slug"),
    "quality_people": rule("GET", READERS, "slug"),
    "quality_person": rule("GET", READERS, "slug person"),
    "reported": rule("GET POST", OURS, "slug report"),
    "reports": rule("GET", OURS, "slug"),
    "requirement_end": rule("POST", OURS, "slug requirement"),
    "requirements": rule("GET POST", OURS, "slug"),
    "review": rule("GET", READERS, "slug"),
    "review_decide": rule("POST", READERS, "slug judgement"),
    "review_undo": rule("POST", (MANAGER,), "slug review"),
    "role_end": rule("POST", OURS, "slug role"),
    "roles": rule("GET POST", OURS, "slug"),
    "round": rule("GET POST", OURS, "slug number"),
    "round_close": rule("POST", OURS, "slug number"),
    "round_discard": rule("POST", OURS, "slug draft"),
    "round_judgements": rule("GET", READERS, "slug number"),
    "round_new": rule("GET POST", OURS, "slug"),
    "round_open": rule("POST", OURS, "slug draft"),
    "round_policy": rule("GET POST", OURS, "slug number"),
    "round_progress": rule("GET", OURS, "slug number"),
    "round_review": rule("POST", OURS, "slug number"),
    # files that are brought in: into a project by its managers, into a prompt set by whoever sends it
    "import": rule("GET", OURS, "import"),
    "import_cancel": rule("POST", OURS, "import"),
    "import_columns": rule("GET POST", OURS, "import"),
    "import_part": rule("POST", OURS, "import"),
    "import_store": rule("POST", OURS, "import"),
    "snapshot": rule("GET", OURS, "slug snapshot"),
    "snapshot_again": rule("POST", OURS, "slug snapshot"),
    "snapshot_cancel": rule("POST", OURS, "slug snapshot"),
    "snapshot_difference": rule("GET", OURS, "slug snapshot snapshot"),
    "snapshot_erase": rule("POST", OURS, "slug snapshot"),
    "snapshot_push": rule("POST", OURS, "slug snapshot"),
    "snapshot_push_cancel": rule("POST", OURS, "slug snapshot"),
    "snapshot_use": rule("POST", OURS, "slug snapshot"),
    "snapshot_withdrawals": rule("GET", OURS, "slug"),
    "snapshot_new": rule("GET POST", OURS, "slug"),
    "snapshot_progress": rule("GET", OURS, "slug snapshot"),
    "snapshots": rule("GET", OURS, "slug"),
    "run": rule("GET", OURS, "slug run"),
    "run_again": rule("POST", OURS, "slug run"),
    "run_cancel": rule("POST", OURS, "slug run"),
    "run_comparison": rule("GET", OURS, "slug run run"),
    "run_new": rule("GET POST", OURS, "slug"),
    "run_opinion": rule("GET", OURS, "slug run opinion"),
    "run_pairs": rule("GET", OURS, "slug run"),
    "run_progress": rule("GET", OURS, "slug run"),
    "run_report": rule("GET", OURS, "slug run"),
    "run_responses": rule("GET POST", OURS, "slug run"),
    "run_rounds": rule("GET", OURS, "slug"),
    "runs": rule("GET", OURS, "slug"),
    # of every manager
    "exam": rule("GET POST", MANAGERS, "exam"),
    "exam_discard": rule("POST", MANAGERS, "exam"),
    "exam_edit": rule("GET POST", MANAGERS, "exam"),
    "exam_head": rule("GET POST", MANAGERS, "exam"),
    "exam_item": rule("GET POST", MANAGERS, "exam number number"),
    "exam_item_move": rule("POST", MANAGERS, "exam number number"),
    "exam_new": rule("GET POST", MANAGERS),
    "exam_new_text": rule("GET POST", MANAGERS),
    "exam_part": rule("GET POST", MANAGERS, "exam number"),
    "exam_part_new": rule("GET POST", MANAGERS, "exam"),
    "exam_part_move": rule("POST", MANAGERS, "exam number"),
    "exam_publish": rule("POST", MANAGERS, "exam"),
    "exam_put_back": rule("POST", MANAGERS, "exam"),
    "exam_results": rule("GET", MANAGERS, "exam"),
    "exam_retire": rule("POST", MANAGERS, "exam"),
    "exams": rule("GET", MANAGERS),
    "grade": rule("POST", (NEIGHBOUR, *STAFFS), "text"),
    "grading": rule("GET", (REVIEWER, *MANAGERS)),
    "holding": rule("GET POST", (*OURS, STAFF), "person"),
    "metrics": rule("GET", MANAGERS),
    "model_version": rule("GET", MANAGERS, "version"),
    "model_version_check": rule("GET POST", MANAGERS, "version"),
    "model_version_new": rule("GET POST", MANAGERS),
    "model_version_remove": rule("POST", MANAGERS, "version"),
    "model_versions": rule("GET", MANAGERS),
    "people": rule("GET POST", MANAGERS),
    "people_hours": rule("GET", MANAGERS),
    "person": rule("GET POST", (*OURS, STAFF), "person"),
    "person_confirm": rule("POST", STAFFS, "person"),
    "project_new": rule("GET POST", MANAGERS),
    "projects": rule("GET", MANAGERS),
    "prompt_remove": rule("POST", MANAGERS, "prompt_set prompt"),
    "prompt_set": rule("GET", MANAGERS, "prompt_set"),
    "prompt_set_new": rule("GET POST", MANAGERS),
    "prompt_sets": rule("GET", MANAGERS),
    "prompts_add": rule("GET POST", MANAGERS, "prompt_set"),
    "imports": rule("GET POST", OURS, "slug"),
    "prompts_import": rule("GET POST", MANAGERS, "prompt_set"),
    "runtime": rule("GET", MANAGERS),
    "take_back": rule("POST", (*OURS, STAFF), "person grant"),
    "trial_cancel": rule("POST", (MANAGER,), "trial"),
    "trial_new": rule("GET POST", MANAGERS, "version"),
    # of staff
    "audit": rule("GET", STAFFS),
    "consent_text_new": rule("GET POST", STAFFS),
    "consent_texts": rule("GET", STAFFS),
    # accounts
    "account_change_password": rule(FORM, PEOPLE),
    "account_login": rule(FORM, ALL),
    "account_logout": rule("GET POST", ALL),
    "account_reauthenticate": rule(FORM, PEOPLE),
    "account_reset_password": rule(FORM, ALL),
    "account_reset_password_done": rule("GET", ALL),
    "account_reset_password_from_key": rule(ANY, ALL, "uid key"),
    "account_reset_password_from_key_done": rule("GET", ALL),
    "account_set_password": rule(FORM, PEOPLE),
    "address": rule("GET POST", PEOPLE),
    "address_again": rule("POST", PEOPLE),
    "address_own": rule("GET POST", PEOPLE, "key"),
    "address_confirm": rule("GET POST", PEOPLE, "key"),
    "mfa_activate_totp": rule(FORM, PEOPLE),
    "mfa_authenticate": rule(ANY, ALL),
    "mfa_deactivate_totp": rule(FORM, PEOPLE),
    "mfa_download_recovery_codes": rule("GET", PEOPLE),
    "mfa_generate_recovery_codes": rule(FORM, PEOPLE),
    "mfa_index": rule(ANY, ALL),
    "mfa_reauthenticate": rule(FORM, PEOPLE),
    "mfa_view_recovery_codes": rule("GET", PEOPLE),
    # where an installation has a provider: cohorts/test_oidc.py
    "openid_connect_callback": rule("GET", NOBODY, "provider"),
    "openid_connect_login": rule("GET", NOBODY, "provider"),
    # on connections of their own: dialogues/test_token_stream.py and test_trial_stream.py, datasets/test_download.py
    "snapshot_file": rule("GET HEAD", NOBODY, "slug number path"),
    "trial_stream": rule("GET", NOBODY, "trial"),
    "turn_stream": rule("GET", NOBODY, "turn"),
}
