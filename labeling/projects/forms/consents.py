"""Writing what people agree to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from labeling.projects.forms.guidelines import GuidelineForm


class ConsentTextForm(GuidelineForm):
    """Written as a guideline is."""

    def __init__(self, data: Any = None, **known: Any) -> None:
        super().__init__(data, **known)
        self.fields["text"].error_messages["required"] = _("Write what people agree to.")
