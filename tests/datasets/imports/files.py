"""Files to import, and what the pages and the worker do with them."""

import json
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from labeling.datasets.imports import running
from labeling.datasets.models import Import


def json_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    return path


def send(client: Client, url: str, data: bytes, name: str = "prompts.jsonl", part: int = 1_000_000) -> Import:
    """What importing.js does."""
    answer = client.post(url, {"name": name, "size": len(data)})
    assert answer.status_code == 200, answer.content
    begun = answer.json()
    for begins in range(0, len(data), part):
        sent = data[begins : begins + part]
        url = f"{begun['parts']}?begins={begins}"
        answer = client.post(url, sent, content_type="application/octet-stream")
        assert answer.status_code == 200, answer.content
        assert answer.json()["received"] == begins + len(sent)
    return Import.objects.latest("created_at")


def check(client: Client, imported: Import, **columns: str) -> Import:
    answer = client.post(reverse("import_columns", args=[imported.pk]), columns)
    assert answer.status_code == 302, answer.content.decode()
    return worked(imported)


def store(client: Client, imported: Import) -> Import:
    assert client.post(reverse("import_store", args=[imported.pk])).status_code == 302
    return worked(imported)


def worked(imported: Import) -> Import:
    """What the worker of data sets does every few seconds."""
    running.run_due()
    imported.refresh_from_db()
    return imported


def left_out(imported: Import) -> dict[int, str]:
    return dict(imported.rows.exclude(wrong="").values_list("number", "wrong"))
