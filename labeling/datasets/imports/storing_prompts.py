"""The second pass for prompts: what fits goes into the set, all of it or nothing."""

from collections.abc import Iterator

from django.db import connection, transaction

from labeling.datasets.imports.checking import counts, mark_duplicates
from labeling.datasets.imports.prompts import prompt_key
from labeling.datasets.imports.telling import Progress
from labeling.datasets.models import Import
from labeling.projects.models import Prompt, PromptSet

INSERT = """
INSERT INTO projects_prompt (prompt_set_id, text, follow_ups, language, category, risk, attack, tags)
SELECT %s, data->>'text', ARRAY(SELECT jsonb_array_elements_text(data->'follow_ups')), data->>'language',
    data->>'category', data->>'risk', data->>'attack', ARRAY(SELECT jsonb_array_elements_text(data->'tags'))
FROM datasets_importrow WHERE imported_id = %s AND wrong = '' AND number >= %s AND number < %s ORDER BY number
"""
PORTION = 5000  # rows that are stored at once


def keys_there(imported: Import) -> Iterator[bytes]:
    """Of what its set holds already."""
    prompts = Prompt.objects.filter(prompt_set=imported.prompt_set_id)
    for text, follow_ups in prompts.values_list("text", "follow_ups").iterator():
        yield prompt_key([text, *follow_ups])


@transaction.atomic
def store_prompts(imported: Import, progress: Progress) -> None:
    """What came into the set since it was checked is a duplicate too. Raises Interrupted where it was cancelled."""
    PromptSet.objects.select_for_update(of=("self",)).get(imports=imported)
    mark_duplicates(imported, keys_there(imported))
    found = counts(imported)
    progress.total = imported.read + 1  # rows are counted from 1
    with connection.cursor() as cursor:
        for begin in range(0, progress.total, PORTION):
            progress.come(begin)
            cursor.execute(INSERT, [imported.prompt_set_id, imported.pk, begin, begin + PORTION])
    imported.rows.filter(wrong="").delete()
    imported.stored(**found)
