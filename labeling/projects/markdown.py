"""Markdown to HTML for text nobody here wrote: model output, and prompts and guidelines alike.

Raw HTML in the source is text; what the renderer emits is then cut to an allow-list: no images, ids, classes, forms
or htmx attributes, links only to the web and without a referrer. What is too long or nested too deeply to be rendered
in good time stands there as it was written.
"""

import nh3
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCROLLS = {
    tag: {"tabindex": "0"} for tag in ("table", "pre")
}  # what may be wider than its column is moved by keyboard, too

LONGEST = 50_000  # characters; whatever they hold, they are rendered in about a second
MOST = 20_000  # parts; a few lines may ask for a table with far more cells
DEEPEST = 20  # blocks within blocks; the parser leaves out what lies deeper
OUTWARD = ("https://", "http://", "mailto:")


class Parser(MarkdownIt):
    """What it does not show as a link or a picture it shows as the text that was written: nothing is judged unseen."""

    def validateLink(self, url: str) -> bool:
        """A link leads out to the web; one without a host would lead into these pages."""
        return url.lower().startswith(OUTWARD)


_parser = Parser("commonmark", {"html": False, "maxNesting": DEEPEST}).enable(["table", "strikethrough"])
_parser.disable(["image", "reference"])  # a definition would be shown nowhere
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    set_tag_attribute_values=SCROLLS,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def render(text: str) -> SafeString:
    tokens = _parser.parse(text) if len(text) <= LONGEST else None
    if tokens is None or len(tokens) > MOST or any(token.level >= DEEPEST - 1 for token in tokens):
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped
    html = _cleaner.clean(_parser.renderer.render(tokens, _parser.options, {}))
    return mark_safe(html)  # noqa: S308 - nh3's output is what makes it safe
