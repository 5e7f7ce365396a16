"""Markdown to HTML for text nobody here wrote: model output, and prompts and guidelines alike.

Raw HTML in the source is text; what the renderer emits is then cut to an allow-list: no images, ids, classes, forms
or htmx attributes, links only to the web and without a referrer.
"""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}

OUTWARD = ("https://", "http://", "mailto:")


class Parser(MarkdownIt):
    """What it does not show as a link or a picture it shows as the text that was written: nothing is judged unseen."""

    def validateLink(self, url: str) -> bool:
        """A link leads out to the web; one without a host would lead into these pages."""
        return url.lower().startswith(OUTWARD)


_parser = Parser("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render(text: str) -> SafeString:
    html = nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308 - nh3's output is what makes it safe
