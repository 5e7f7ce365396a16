"""What leads off this machine is encrypted, and asks for a password; both sides refuse to start with anything else."""

import os
import subprocess
import sys

import pytest

from labeling import links
from labeling.stack import REPOSITORY, addresses
from models_runtime import links as twin

SECRET = "hunter2"
FIT = [
    "unix:///run/valkey.sock?db=1",
    "redis+socket:///run/valkey.sock?virtual_host=0",
    "redis://127.0.0.1:6379/0",
    "redis://localhost/0",
    "redis://[::1]:6379/0",
    "redis:///0",
    "rediss://localhost:6380/0?ssl_cert_reqs=none",
    f"rediss://gpu:{SECRET}@queue.example.org:6380/0",
    f"rediss://:{SECRET}@10.0.0.7/0?ssl_ca_certs=/etc/tandem/ca.pem&ssl_cert_reqs=required",
]
UNFIT = {
    f"redis://gpu:{SECRET}@queue.example.org/0": "without TLS",
    "redis://10.0.0.7/0": "without TLS",
    f"redis://:{SECRET}@127.0.0.1.example.org/0": "without TLS",
    f"redis://:{SECRET}@0.0.0.0/0": "without TLS",
    "rediss://queue.example.org/0": "without a password",
    "rediss://gpu@queue.example.org/0": "without a password",
    f"rediss://gpu:{SECRET}@queue.example.org/0?ssl_cert_reqs=none": "ssl_cert_reqs",
    f"rediss://gpu:{SECRET}@queue.example.org/0?ssl_cert_reqs=CERT_OPTIONAL": "ssl_cert_reqs",
    f"amqp://gpu:{SECRET}@queue.example.org/": "must be one address",
    f"redis://localhost/0;redis://:{SECRET}@queue.example.org/0": "must be one address",
    f"redis://:{SECRET}@[::1/0": "no address",
    "queue.example.org": "must be one address",
    "": "must be one address",
}


@pytest.mark.parametrize("url", FIT)
def test_what_stays_here_or_is_encrypted_is_fit_for_both_sides(url):
    assert links.refusal("BROKER_URL", url) is None
    assert twin.refusal("BROKER_URL", url) is None


@pytest.mark.parametrize(("url", "says"), UNFIT.items())
def test_both_sides_refuse_what_is_not_and_say_why_without_the_password(url, says):
    sentence = links.refusal("BROKER_URL", url)
    assert sentence == twin.refusal("BROKER_URL", url)
    assert sentence.startswith("BROKER_URL") and says in sentence and SECRET not in sentence


@pytest.mark.parametrize("url", [*FIT, *UNFIT])
def test_both_sides_check_the_certificate_unless_told_otherwise(url):
    if "[::1/" in url:
        return
    assert links.verified(url) == twin.verified(url)
    encrypted = url.startswith("rediss:")
    assert ("ssl_cert_reqs=" in links.verified(url)) == encrypted
    assert encrypted or links.verified(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///tandem?host=/run/postgresql",
        "postgresql:///tandem",
        "postgresql://ada@127.0.0.1/tandem",
        "postgresql://ada@localhost,127.0.0.2/tandem",
        "postgresql://ada@db.example.org/tandem?sslmode=require",
        "host=db.example.org sslmode=verify-full dbname=tandem",
        "postgresql://ada@db.example.org/tandem?hostaddr=127.0.0.1",
    ],
)
def test_a_database_that_is_here_or_encrypted_is_fit(url):
    assert links.database_refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{SECRET}@db.example.org/tandem",
        f"postgresql://ada:{SECRET}@db.example.org/tandem?sslmode=prefer",
        f"postgresql://ada:{SECRET}@localhost,db.example.org/tandem",
        f"postgresql://ada:{SECRET}@localhost/tandem?hostaddr=10.0.0.7",
        f"host=db.example.org password={SECRET}",
        f"mysql://ada:{SECRET}@db.example.org/tandem",
    ],
)
def test_any_other_database_is_refused_without_its_password(url):
    sentence = links.database_refusal(url)
    assert sentence.startswith("DATABASE_URL") and SECRET not in sentence


def start(*command: str, **given: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **given}
    return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["BROKER_URL", "STREAM_URL"])
def test_a_worker_refuses_to_start(name):
    given = {"BROKER_URL": "redis://127.0.0.1:1/0", name: f"redis://:{SECRET}@queue.example.org/0"}
    refused = start(sys.executable, "-m", "celery", "-A", "models_runtime.worker", "worker", "-c", "1", **given)
    assert refused.returncode == 1
    assert refused.stderr.strip() == links.refusal(name, given[name])


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("BROKER_URL", f"redis://:{SECRET}@queue.example.org/0"),
        ("STREAM_URL", "rediss://queue.example.org/1"),
        ("DATABASE_URL", f"postgresql://ada:{SECRET}@db.example.org/tandem"),
    ],
)
def test_the_web_side_refuses_to_start(name, url):
    refused = start(sys.executable, "manage.py", "check", **{name: url})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{name} leads off this machine") and "docs/deploying.md" in refused.stderr
    assert SECRET not in refused.stderr and len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["labeling.celery", "labeling.receipts", "labeling.asgi"])
def test_so_does_each_of_its_processes(module):
    refused = start(sys.executable, "-c", f"import {module}", BROKER_URL=f"redis://:{SECRET}@queue.example.org/0")
    assert refused.returncode == 1
    assert "BROKER_URL leads off this machine" in refused.stderr and SECRET not in refused.stderr


def test_an_address_with_tls_is_used_with_its_certificate_checked(monkeypatch):
    monkeypatch.setenv("BROKER_URL", f"rediss://web:{SECRET}@queue.example.org/0")
    assert addresses().broker.endswith("?ssl_cert_reqs=required")


ACCOUNTS = {
    "EMAIL_URL": f"http://me:{SECRET}@mail.example.org",
    "OIDC_ISSUER": "http://id.example.org",
    "REQUIRE_TWO_FACTOR": "all",
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_web_side_says_in_a_sentence_what_is_wrong_with_how_people_are_to_sign_in(name):
    refused = start(sys.executable, "manage.py", "check", **{name: ACCOUNTS[name]})
    assert refused.returncode == 1 and refused.stderr.startswith(f"{name} must ")
    assert SECRET not in refused.stderr and len(refused.stderr.splitlines()) == 1
