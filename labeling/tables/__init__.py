"""The one way to a table of rows that are many: searched, sorted, filtered, a page at a time, and as a file.

Columns and their order are django-tables2's, search and filters django-filter's; both are declared in a module beside
the view:

    class PeopleTable(Table): …            columns, and how a cell is shown
    class PeopleFilter(FilterSet): …       what may be asked for in the address

    listing = Listing.of(request, PeopleTable, PeopleFilter, people)
    return listing.answer(request, "home/people.html", {…})

The page's template includes tables/filters.html and tables/listing.html, which htmx asks for alone; without it the same
links lead to whole pages. `?sort=-name`, `?after=` and `?before=` a row, `?as=csv`, and the filters by their names.

What belongs here is whatever grows with an installation: people, members, invitations, attempts, prompts, hours, the
audit. What is short by its nature is a plain table in its own template: the axes of a project and the cohorts enrolled
on them, its rounds, the numbers of one round. Texts that are read one after the other, as judgements and reports are,
are no table.
"""

from labeling.tables.columns import Acts, Number, Tick, When
from labeling.tables.listing import Listing
from labeling.tables.table import FilterSet, Table

__all__ = ["Acts", "FilterSet", "Listing", "Number", "Table", "Tick", "When"]
