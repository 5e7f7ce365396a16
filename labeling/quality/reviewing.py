"""What a reviewer does about a judgement: accept it, send it back for a reason, take that back."""

from django.db import transaction
from django.db.models import Max

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, sending_back
from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Round
from labeling.quality import unreviewed
from labeling.quality.models import Review

TAKES_REVIEWS = (Round.State.OPEN, Round.State.REVIEW)  # afterwards nobody could do anything anew


class NotForReview(Exception):
    """Somebody has decided meanwhile, or it was changed, or counts no more; or it is the reviewer's own."""


class Begun(Exception):
    """Whoever was asked in its place has begun already."""


@transaction.atomic
def accept(judgement: Judgement, reviewer: Person) -> Review:
    hold(judgement, reviewer)
    return add(judgement, reviewer, decision=Review.Decision.ACCEPTED)


@transaction.atomic
def reject(judgement: Judgement, reviewer: Person, reason: str, to: Review.To) -> Review:
    """It counts no more, and stays as it is. Nobody else is given new pairs of a round that is in review."""
    assignment, rework = hold(judgement, reviewer), None
    if to == Review.To.SAME:
        rework = sending_back.to_same_person(assignment, reason)
    elif assignment.comparison.round.state == Round.State.OPEN:
        sending_back.to_somebody_else(assignment)
    else:
        raise NotForReview
    return add(judgement, reviewer, decision=Review.Decision.REJECTED, reason=reason, to=to, rework=rework)


@transaction.atomic
def take_back(review: Review, reviewer: Person) -> Review:
    """Raises Begun, and NotForReview where it stands no more, or its round takes no reviews."""
    judgement = review.judgement
    assignment = held(judgement)
    if assignment.comparison.round.state not in TAKES_REVIEWS:
        raise NotForReview
    if not Review.objects.standing().filter(pk=review.pk).exists():
        raise NotForReview
    if review.decision == Review.Decision.REJECTED and not sending_back.take_back(assignment, rework_of(review)):
        raise Begun
    return add(judgement, reviewer, decision=Review.Decision.TAKEN_BACK)


def rework_of(review: Review) -> Assignment | None:
    return Assignment.objects.get(pk=review.rework_id) if review.rework_id else None


def hold(judgement: Judgement, reviewer: Person) -> Assignment:
    """What the decision is about, as it is until the transaction ends. Raises NotForReview."""
    assignment = held(judgement)
    counts = assignment.judgement_id == judgement.pk and assignment.slot is not None
    decided = Review.objects.standing().filter(judgement=judgement).exists()
    if not counts or decided or assignment.person_id == reviewer.pk:
        raise NotForReview
    if assignment.comparison.round.state not in TAKES_REVIEWS:
        raise NotForReview
    return assignment


def held(judgement: Judgement) -> Assignment:
    """As it is once its round stays as it is, and its person neither judges nor withdraws, until the transaction
    ends."""
    about = Assignment.objects.select_related("comparison__round")
    assignment = about.select_related("person", "comparison__round").get(pk=judgement.assignment_id)
    at_once.hold_in(assignment.comparison.round, assignment.person)
    return about.select_for_update(of=("self",)).get(pk=assignment.pk)


def add(judgement: Judgement, reviewer: Person, **said: object) -> Review:
    """The assignment is held, so that nobody else numbers the same. What waits for reviewers is as it is now."""
    last = Review.objects.filter(judgement=judgement).aggregate(n=Max("number"))["n"] or 0
    assignment = judgement.assignment
    whose = {"project": assignment.comparison.project, "person": assignment.person, "reviewer": reviewer}
    review = Review.objects.create(judgement=judgement, number=last + 1, **whose, **said)
    unreviewed.note_one(assignment.comparison_id)
    return review
