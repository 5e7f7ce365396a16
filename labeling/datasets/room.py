"""What an error of writing means for people: that there is no room, or something else that they cannot mend."""

import errno

from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: BaseException) -> bool:
    """Of a disk, a quota or the database's disk."""
    return (isinstance(error, OSError) and error.errno in FULL) or isinstance(error.__cause__, DiskFull)


def not_written(what: str, error: OSError) -> str:
    """`what` begins a sentence."""
    said = _("%(what)s could not be written: %(why)s.") % {"what": what, "why": error.strerror or error}
    if is_full(error):
        return f"{said} {_('Make room, then try again.')}"
    return f"{said} {_('Try again; whoever runs this installation finds more in its log.')}"
