"""People and cohorts in Django's admin, for superusers."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission

from labeling.cohorts.models import Cohort, Membership, Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "pseudonym", "is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "user_permissions")

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Of all that Django makes, the permissions that pages go by."""
        kwargs["queryset"] = Permission.objects.filter(codename="see_names")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 1


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin):
    list_display = ("name",)
    inlines = [MembershipInline]
