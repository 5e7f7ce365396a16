"""The tests of the tour: one that Ines is at, one that waits for its grade, and a draft."""

from typing import Any

from labeling.cohorts.models import Cohort, Person
from labeling.exams import files
from labeling.exams.models import Exam, Grant, Qualification
from labeling.exams.standing import begin
from tests.exams.papers import answer_all, make_exam
from tests.tour import texts


def sit(addresses: dict[str, Any], ines: Person, noor: Person, jonas: Person, cohort: Cohort) -> None:
    """One that Ines is at, and one that Noor has handed in."""
    question = "Which sentence has no mistake?"
    options = ["She don’t know him.", "She doesn’t know him.", "She doesn’t knows him."]
    choice = {"kind": "choice", "question": question, "options": options, "accepted": [2], "fixed": True}
    pair = {"kind": "pair", "question": texts.MOON.prompt, "accepted": [1, 2], "fixed": True}
    pair |= {"first": texts.MOON.a, "second": texts.MOON.b}
    practice = {**choice, "practice": True, "why": "After *does* and *doesn’t*, the verb has no *s*."}
    text = {"kind": "text", "question": "Answer in your own words: why does bread rise?", "rubric": "5: clear."}
    parts = [
        {"title": "Language", "items": [choice, pair, practice], "threshold": 50, "minutes": 600},
        {"title": "Writing", "items": [text], "rule": "mean", "threshold": 4},
    ]
    exam = make_exam("Reading and ranking", cohort=cohort.name, instructions="Take your time.", parts=parts)
    attempt = begin(ines, exam)
    attempt.begin_part()
    addresses |= {"test": exam.pk, "test_practice": exam.pk, "attempt": attempt.pk}
    handed_in = begin(noor, exam)
    answer_all(handed_in, 2, 1)
    answer_all(handed_in, "Yeast eats sugar and breathes out gas, which the dough holds.")
    addresses |= {"handed_in": handed_in.pk, "exam": written(jonas).pk, "taken": exam.pk}
    qualified(ines, jonas)


def qualified(person: Person, by: Person) -> None:
    """Ines holds what no test gives, and has lost it before."""
    poetry = Qualification.objects.create(name="Poetry")
    for reason in ("Passed our test on paper.", "Took it again, with us beside her."):
        Grant.objects.current().filter(person=person).take_back(by, "Half of it was copied.")
        Grant.objects.give(poetry, [person], by, reason)


def written(by: Person) -> Exam:
    """A draft of the third template."""
    for name in ("sensitive", "ranking"):
        exam = files.write(files.template(name), by)
    return exam
