"""Texts of exams in templates."""

from django import template
from django.utils.safestring import SafeString

from labeling.projects.markdown import render

register = template.Library()


@register.filter
def as_text(text: str) -> SafeString:
    """Markdown, rendered and sanitised."""
    return render(text)
