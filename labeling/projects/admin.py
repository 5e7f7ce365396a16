"""What Django's admin offers those who manage: to give roles, and to read what was said. The rest has pages."""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from labeling.cohorts.models import Person
from labeling.projects.models import Project, Role

admin.site.site_header = admin.site.site_title = "Tandem"
admin.site.index_title = "Administration"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def managed(request: HttpRequest) -> QuerySet[Project]:
    return Project.objects.managed_by(cast(Person, request.user))


def manages_anything(request: HttpRequest) -> bool:
    user = request.user
    return user.is_authenticated and user.is_staff and managed(request).exists()


def colleagues(request: HttpRequest) -> QuerySet[Person]:
    """People of cohorts enrolled in one's projects, and those with a role there: whom a manager may see."""
    mine = managed(request)
    known = Q(cohorts__enrolments__project__in=mine) | Q(roles__project__in=mine)
    return Person.objects.filter(pk__in=Person.objects.filter(known).values("pk"))


class ManagedAdmin(admin.ModelAdmin):
    """Rows of the projects one manages, through `project_path`. Superusers see everything."""

    project_path = "project"
    frozen = False  # rows that never change once they are there
    made_elsewhere = False  # rows that no form makes

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(**{f"{self.project_path}__in": managed(request)})

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


@admin.register(Role)
class RoleAdmin(ManagedAdmin):
    """Given and taken away; who has which is all there is to say about it."""

    frozen = True
    list_display = ("person", "project", "kind")
    list_select_related = ("person", "project")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "project":
            kwargs["queryset"] = managed(request)
        elif not request.user.is_superuser:
            kwargs["queryset"] = colleagues(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return manages_anything(request)
