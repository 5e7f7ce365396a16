"""What managers do in Django's admin while it has no page of its own; each sees the projects they manage."""

from collections.abc import Sequence
from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import (
    Axis,
    Enrolment,
    GuidelineVersion,
    ModelVersion,
    PairPolicyEntry,
    Project,
    Prompt,
    PromptSet,
    Role,
    Round,
    RoundNotReady,
)

admin.site.site_header = admin.site.site_title = "Tandem"
admin.site.index_title = "Set up"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def manages_anything(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and user.is_staff and Project.objects.managed_by(user).exists()


def colleagues(request: HttpRequest, model: type[Person] | type[Cohort]) -> QuerySet[Any]:
    """The cohorts enrolled in one's projects, or their people and those with a role there: whom a manager may see."""
    mine = Project.objects.managed_by(cast(Person, request.user))
    cohorts = Cohort.objects.filter(enrolments__project__in=mine)
    if model is Cohort:
        return cohorts.values("pk")
    return Person.objects.filter(Q(cohorts__in=cohorts) | Q(roles__project__in=mine)).values("pk")


class ManagedAdmin(admin.ModelAdmin):
    """Rows of the projects one manages, through `project_path`; nothing is deleted. Superusers see everything."""

    project_path = "project"
    frozen = False  # rows that never change once they are there
    made_elsewhere = False  # rows that no form makes

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.is_superuser or not self.project_path:
            return rows
        mine = Project.objects.managed_by(request.user)  # type: ignore[arg-type]
        return rows.filter(**{f"{self.project_path}__in": mine})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        model = db_field.remote_field.model
        if model in (Person, Cohort) and not request.user.is_superuser:
            kwargs["queryset"] = model.objects.filter(pk__in=colleagues(request, model)).distinct()
        managed = self.admin_site._registry.get(model)
        if isinstance(managed, ManagedAdmin):
            kwargs["queryset"] = managed.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return manages_anything(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_anything(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_anything(request) and not self.made_elsewhere

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_anything(request) and not self.frozen

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ProjectForm(forms.ModelForm):
    axes = forms.MultipleChoiceField(choices=Axis.choices, widget=forms.CheckboxSelectMultiple)


@admin.register(Project)
class ProjectAdmin(ManagedAdmin):
    project_path = "pk"
    form = ProjectForm
    list_display = ("name", "slug", "axes", "max_turns")

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        """What an opened round rests on stays."""
        opened = obj is not None and obj.rounds.exclude(state=Round.State.DRAFT).exists()
        return ("slug", "axes", "max_turns") if opened else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Project | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            obj.roles.create(person=cast(Person, request.user), kind=Role.Kind.MANAGER)


@admin.register(Enrolment)
class EnrolmentAdmin(ManagedAdmin):
    list_display = ("cohort", "project", "axis", "overlap", "quota_per_day")


@admin.register(Role)
class RoleAdmin(ManagedAdmin):
    list_display = ("person", "project", "kind")


@admin.register(GuidelineVersion)
class GuidelineVersionAdmin(ManagedAdmin):
    frozen = True
    list_display = ("project", "axis", "number", "created_at")
    exclude = ("created_by",)

    def save_model(self, request: HttpRequest, obj: GuidelineVersion, form: Any, change: bool) -> None:
        obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)


@admin.register(ModelVersion)
class ModelVersionAdmin(ManagedAdmin):
    project_path = ""
    frozen = True
    list_display = ("name", "engine", "source", "created_at")


class PromptInline(admin.TabularInline):
    model = Prompt
    extra = 3

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return manages_anything(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return PromptSetAdmin(PromptSet, admin.site).has_change_permission(request, obj)

    has_change_permission = has_add_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PromptSet)
class PromptSetAdmin(ManagedAdmin):
    """A set belongs to nobody until a round uses it; from then on it is its project's, and others leave it alone."""

    project_path = ""
    list_display = ("name", "description")
    inlines = [PromptInline]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not isinstance(obj, PromptSet) or request.user.is_superuser:
            return super().has_change_permission(request, obj)
        others = obj.round_set.exclude(project__in=Project.objects.managed_by(cast(Person, request.user)))
        return super().has_change_permission(request, obj) and not others.exists()


class PairPolicyInline(admin.TabularInline):
    model = PairPolicyEntry
    extra = 2

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return manages_anything(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return manages_anything(request) and (obj is None or obj.state == Round.State.DRAFT)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Round)
class RoundAdmin(ManagedAdmin):
    """Opening and review are actions, since each has conditions and there is no way back."""

    list_display = ("project", "number", "state", "opened_at", "closed_at")
    readonly_fields = ("state", "opened_at", "closed_at")
    inlines = [PairPolicyInline]
    actions = ["open_rounds", "review_rounds"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_draft = not isinstance(obj, Round) or obj.state == Round.State.DRAFT
        return super().has_change_permission(request, obj) and is_draft

    @admin.action(description="Open the selected rounds")
    def open_rounds(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self._step(request, rounds, "open")

    @admin.action(description="Put the selected rounds into review")
    def review_rounds(self, request: HttpRequest, rounds: QuerySet[Round]) -> None:
        self._step(request, rounds, "review")

    def _step(self, request: HttpRequest, rounds: QuerySet[Round], step: str) -> None:
        for round_ in rounds:
            try:
                getattr(round_, step)()
            except RoundNotReady as error:
                self.message_user(request, f"{round_}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{round_} is {round_.get_state_display()} now.")
