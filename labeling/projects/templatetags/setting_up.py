"""What comes next in a project, for the pages on which one sets it up."""

from django import template
from django.http import HttpRequest

from labeling.projects.models import Project
from labeling.projects.setting_up import Next, next_step

register = template.Library()

PAGES = {"guideline", "enrolments", "cohort", "invitations", "requirements"}  # where something has just been done


@register.simple_tag
def next_of(project: Project, request: HttpRequest) -> Next | None:
    """None where nobody has to do anything, and on the page where it is done."""
    match = request.resolver_match
    if match is None or match.url_name not in PAGES:
        return None
    step = next_step(project)
    return None if step.runs or step.posts or step.url == request.path else step
