"""People and cohorts in Django's admin, for superusers."""

from django.contrib import admin

from labeling.cohorts.models import Cohort, Membership, Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "pseudonym", "is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser")


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 1


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin):
    list_display = ("name",)
    inlines = [MembershipInline]
