"""What the workbench page posts."""

import uuid


def prompt(client, project, text="Why?", **fields):
    data = {"dialogue": uuid.uuid4(), "number": 1, "text": text, **fields}
    return client.post(f"/projects/{project.slug}/prompts/", data)


def judge(client, assignment, **fields):
    labels = {"a_label": "safe", "b_label": "safe"} if assignment.axis == "safety" else {}
    data = {"choice": -3, "key": uuid.uuid4(), **labels, **fields}
    return client.post(f"/assignments/{assignment.pk}/judgements/", data)
