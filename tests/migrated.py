"""Migrating takes long: one process of a run of tests does it, once, and all other databases get their tables from it.

tests/stack/test_run.py holds that an installation which begins with nothing has the same ones.
"""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from labeling.embedded import programs
from labeling.stack import REPOSITORY, addresses
from tests.once import once


@pytest.fixture(scope="session")
def tables(of_this_run: Path) -> Path:
    """SQL that puts into an empty database whatever migrating does."""
    path = of_this_run / "tables.sql"
    with once(path) as file:
        if not file.read(1):
            database = beside("migrated_from_nothing")
            migrate = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=REPOSITORY, env={**os.environ, "DATABASE_URL": database}, check=True)
            file.write(dump(database))
    return path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> None:
    """Of the tests' own database; on a server that is named, which need not take this SQL, it is migrated."""
    from django.db import connection

    if addresses().own_database:
        load(request.getfixturevalue("tables"), beside("with_tables"))
        connection.settings_dict["TEST"] |= {"TEMPLATE": "with_tables", "MIGRATE": False}


def beside(name: str) -> str:
    """A new database of the same server."""
    with psycopg.connect(addresses().database, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return make_conninfo(addresses().database, dbname=name)


def dump(database: str, *options: str) -> str:
    return run("pg_dump", *options, database)


def load(tables: Path, database: str) -> None:
    run("psql", "-Xq1v", "ON_ERROR_STOP=1", "-f", str(tables), "-d", database)


def run(program: str, *arguments: str) -> str:
    return subprocess.run([programs() / program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
