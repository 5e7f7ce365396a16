"""Signing in with an OpenID Connect provider in a real browser, which holds the sign-in page to where it may lead."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from labeling import processes
from labeling.processes import Supervisor
from tests.cohorts.oidc_provider import CLIENT, SECRET, Provider, running
from tests.people import join
from tests.processes import Installation, free_port, healthz, wait_until


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def place(installation: Installation, provider: Provider) -> Iterator[str]:
    """Another web process of the installation, which knows the provider."""
    port = free_port()
    told = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Lab"}
    env = {**installation.supervisor.children["web"].process.env, **told}
    supervisor = Supervisor([replace(processes.web(port), name="web-with-provider", env=env)])
    try:
        supervisor.start("web-with-provider")
        wait_until(lambda: healthz(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        supervisor.close()


def test_the_button_leads_to_the_provider_and_back(page: Page, place: str, provider: Provider):
    provider.is_somebody("17", join("first", "alice@example.org").email)
    page.goto(f"{place}/accounts/login/?next=/profile/")
    page.get_by_role("button", name="Sign in with Lab").click()
    page.wait_for_url(f"{place}/profile/")
    expect(page.get_by_text("alice@example.org")).to_be_visible()
