"""People, and the cohorts they are in."""

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.signals import left_cohort


def new_pseudonym() -> str:
    """What others see of a person: nothing that leads back to them."""
    return f"P-{secrets.token_hex(4)}"


class PersonManager(BaseUserManager["Person"]):
    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """In small letters, as it is looked for when somebody signs in; the admin's form asks this too."""
        return (email or "").strip().lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def untouched(self) -> "models.QuerySet[Person]":
        """Accounts by which nobody has come in yet, or can by themselves: they have no history to take over."""
        return self.filter(last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def next_key(self) -> int:
        """That of an account before it is made."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('cohorts_person', 'id'))")
            return int(cursor.fetchone()[0])

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractUser):
    """Anybody who can sign in. What they may do is said by roles and enrolments, not here."""

    class Layout(models.TextChoices):
        """How two responses stand on a screen that has room for both."""

        BESIDE = "beside", _("side by side")
        STACKED = "stacked", _("one above the other")

    class Scrolling(models.TextChoices):
        PAGE = "page", _("both with the page")
        APART = "apart", _("each by itself")
        TOGETHER = "together", _("scroll one, and the other follows")

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    pseudonym = models.CharField(max_length=40, unique=True, default=new_pseudonym, editable=False)
    language = models.CharField(max_length=35, blank=True, editable=False, help_text="they chose for a prompt last")
    layout = models.CharField(max_length=10, choices=Layout, default=Layout.BESIDE, editable=False)
    scrolling = models.CharField(max_length=10, choices=Scrolling, default=Scrolling.PAGE, editable=False)

    elsewhere = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="judged what was imported; no account, and never able to sign in",
    )
    blurs_texts = models.BooleanField(default=False, editable=False, help_text="at work, until they ask for them")
    must_agree = models.BooleanField(
        default=False,
        editable=False,
        help_text="to the consent text, before they get work; the database says it of new",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PersonManager] = PersonManager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "people"
        permissions = [("see_names", "may see names")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_an_email"),
            models.CheckConstraint(
                condition=models.Q(elsewhere=False) | models.Q(is_active=False), name="who_is_elsewhere_never_signs_in"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email

    def writes_in(self, language: str) -> None:
        """Is offered for their next prompt."""
        if language != self.language:
            self.language = language
            self.save(update_fields=["language"])

    def blur(self, on: bool) -> None:
        self.blurs_texts = on
        self.save(update_fields=["blurs_texts"])

    @property
    def initials(self) -> str:
        words = (self.name or self.email).split()
        return "".join(word[0] for word in words[:2]).upper()


class Cohort(models.Model):
    """A group of annotators who get work together."""

    name = models.CharField(max_length=100, unique=True)
    languages = ArrayField(
        models.CharField(max_length=35), default=list, blank=True, help_text="that its people work in, as tags"
    )
    people = models.ManyToManyField(Person, through="Membership", related_name="cohorts")

    def __str__(self) -> str:
        return self.name

    def describe(self, *, name: str, languages: list[str]) -> None:
        """Raises IntegrityError where another cohort has that name."""
        self.name, self.languages = name, languages
        with transaction.atomic():
            self.save(update_fields=["name", "languages"])

    @transaction.atomic
    def take_in(self, people: Iterable[tuple[str, str]]) -> int:
        """Let these people in, by (e-mail address in small letters, name); how many had not been in.

        Who is new gets an account without a password; whoever has one keeps it, with the name it has, if it has one.
        """
        names = dict(people)
        known = list(Person.objects.alias(address=Lower("email")).filter(address__in=names))
        for nameless in [person for person in known if not person.name]:
            nameless.name = names[nameless.email.lower()]
            nameless.save(update_fields=["name"])
        new = [
            Person(email=address, name=names[address]) for address in names.keys() - {p.email.lower() for p in known}
        ]
        for person in new:
            person.set_unusable_password()
        return self.join([*known, *Person.objects.bulk_create(new)])

    def join(self, people: Iterable[Person]) -> int:
        """How many of them had not been in it."""
        inside = set(self.memberships.current().values_list("person", flat=True))
        joining = [Membership(cohort=self, person=person) for person in people if person.pk not in inside]
        return len(Membership.objects.bulk_create(joining))

    def let_go(self, person: Person) -> bool:
        """They get no more work through it, and what they did stays theirs. False when they were not in it."""
        return self.memberships.filter(person=person).leave() > 0


class MembershipQuerySet(models.QuerySet["Membership"]):
    """What is done to many at once is done to each of them, or to none."""

    def current(self) -> Self:
        return self.filter(left_at=None)

    def at_work(self) -> Self:
        return self.filter(left_at=None, paused_at=None)

    def paused(self) -> Self:
        return self.filter(left_at=None, paused_at__isnull=False)

    @transaction.atomic
    def pause(self, reason: str, by: Person, *, for_cause: bool = False) -> int:
        """No new work through these until they are resumed; the people read the reason. What somebody judged who is
        paused for cause is in no new data set until then."""
        held = list(self.at_work().select_for_update().order_by("pk"))
        now = timezone.now()
        terms = {"reason": reason, "by": by, "for_cause": for_cause, "began_at": now}
        Pause.objects.bulk_create([Pause(membership=one, **terms) for one in held])
        return self._of(held).update(paused_at=now)

    @transaction.atomic
    def resume(self) -> int:
        held = list(self.paused().select_for_update().order_by("pk"))
        Pause.objects.filter(membership__in=held, ended_at=None).update(ended_at=timezone.now())
        return self._of(held).update(paused_at=None)

    @transaction.atomic
    def leave(self) -> int:
        """A pause ends with it. Who is in a cohort of this kind no more is told to whom it concerns."""
        held = list(self.current().select_for_update().select_related("person").order_by("pk"))
        now = timezone.now()
        Pause.objects.filter(membership__in=held, ended_at=None).update(ended_at=now)
        self._of(held).update(left_at=now, paused_at=None)
        for person in sorted({one.person for one in held}, key=lambda person: person.pk):
            left_cohort.send(sender=Cohort, person=person)
        return len(held)

    @transaction.atomic
    def move_to(self, cohort: Cohort) -> int:
        """Into that cohort and out of these, of whoever is at work: a pause is not ended by a move. How many people."""
        moving = self.at_work().exclude(cohort=cohort)
        people = list(Person.objects.filter(memberships__in=moving).distinct())
        cohort.join(people)  # first, so that what they have begun goes on where both cohorts work
        moving.filter(person__in=people).leave()
        return len(people)

    def _of(self, held: Iterable["Membership"]) -> "MembershipQuerySet":
        return Membership.objects.filter(pk__in=[one.pk for one in held])


class Membership(models.Model):
    """A person in a cohort, from a day to a day. Leaving closes the row; what was done stays attached to it.

    `paused_at` repeats what an open `Pause` says: work is asked for with every pair, and nothing more is read for it.
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "person"],
                condition=models.Q(left_at__isnull=True),
                name="one_current_membership",
            ),
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(paused_at=None), name="who_has_left_is_not_paused"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.cohort}"


class Pause(models.Model):
    """Somebody gets no new work through a cohort for a while. Never deleted: it says why they did nothing then.

    Where it is `for_cause`, what they judged in the cohort's projects is in no new data set until they are resumed, nor
    where they leave the cohort instead.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=300, help_text="in words for the person, who reads them")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    for_cause = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=models.Q(ended_at=None), name="one_open_pause_a_membership"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_pause_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.membership}, paused"
