"""What managers' pages say and what their forms send."""


def words(answer) -> str:
    """A page's HTML with every white space as one space."""
    return " ".join(answer.content.decode().split())


def fields(answer, form: str = "form") -> dict:
    """What the browser would send back from this page if nothing were changed."""
    values = {field.html_name: field.value() for field in answer.context[form]}
    return {name: value for name, value in values.items() if value is not None and value is not False}
