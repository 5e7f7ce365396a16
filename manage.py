"""Django's commands, and `run`, which starts everything (see labeling/home/management/commands/run.py)."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from labeling.audit.acting import acting_command
    from labeling.embedded import StackError

    try:
        with acting_command(sys.argv[1] if len(sys.argv) > 1 else ""):
            execute_from_command_line(sys.argv)
    except StackError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except OperationalError as error:
        if "--traceback" in sys.argv or not (reason := away(error)):
            raise
        sys.exit(reason)
    except OSError as error:
        from labeling.stack import home

        if "--traceback" in sys.argv or not str(error.filename).startswith(str(home())):
            raise
        sys.exit(f"{error.filename}: {error.strerror}. TANDEM_HOME must be a folder that you can write to.")


def away(error: Exception) -> str:
    """What to do about a database that cannot be reached; empty when it is there and the error is another."""
    from psycopg import errors

    from labeling.stack import addresses

    if getattr(error.__cause__, "sqlstate", None) or not isinstance(error.__cause__, errors.OperationalError):
        return ""
    if addresses().own_database:
        return (
            "The database of this installation is not running. Start it with `make run`, "
            "or name another one in DATABASE_URL."
        )
    return f"The database that DATABASE_URL names does not answer. {error}".strip()


if __name__ == "__main__":
    main()
