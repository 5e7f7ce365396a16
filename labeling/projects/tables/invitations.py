"""A cohort's invitations as a table, and what one may ask of it. An address is a name, to be seen by who sees names."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import SearchInput
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Invitation, Person
from labeling.projects.access import called, sees_names
from labeling.tables import Acts, FilterSet, Number, Table, When


class InvitationsTable(Table):
    """It knows the `project` and `cohort` of the page, its `viewer`, and whether they see `names`."""

    caption = _("Invitations")
    heads = "email"

    email = tables.Column(verbose_name=_("For"), empty_values=(), orderable=False)
    state = tables.Column(verbose_name=_("State"), orderable=False)
    used = Number(_("Joined"))
    expires_at = When(_("Until"))
    created_at = When(_("Made"), order_by="pk")
    invited_by = tables.Column(verbose_name=_("By"), orderable=False)
    acts = Acts("projects/cells/invitation_acts.html")

    class Meta(Table.Meta):
        order_by = ("-created_at",)

    def render_email(self, record: Invitation) -> SafeString:
        mail = "" if record.mail == Invitation.Mail.NONE else record.get_mail_display()
        return format_html("<bdi>{}</bdi> <small>{}</small>", self.value_email(record), mail)

    def value_email(self, record: Invitation) -> str:
        if not record.email:
            return gettext("whoever has the link")
        return record.email if self.known["names"] else gettext("one person, by address")

    def render_state(self, value: Any) -> SafeString:
        open_ = "badge-open" if value == Invitation.State.OPEN else ""
        return format_html('<span class="badge {}">{}</span>', open_, value.label)

    def value_state(self, value: Any) -> str:
        return str(value.label)

    def render_used(self, record: Invitation) -> str:
        return gettext("%(used)d of %(limit)d") % {"used": record.used, "limit": record.limit}

    def render_invited_by(self, value: Person) -> SafeString:
        return format_html("<bdi>{}</bdi>", self.value_invited_by(value))

    def value_invited_by(self, value: Person) -> str:
        return called(value, self.known["viewer"])


class InvitationsFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Search"), method="search", widget=SearchInput({"autocomplete": "off"}))
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=Invitation.State.choices, method="standing", empty_label=_("any")
    )

    def __init__(self, data: Any, *, queryset: QuerySet[Invitation], viewer: Person) -> None:
        super().__init__(data, queryset=queryset)
        if not sees_names(viewer):
            del self.filters["q"]

    def search(self, invitations: QuerySet[Invitation], _name: str, value: str) -> QuerySet[Invitation]:
        return invitations.filter(email__icontains=value.strip())

    def standing(self, invitations: Any, _name: str, value: str) -> Any:
        return invitations.in_state(value)
