"""What judged comparisons begin with, read once: each gets its gist, and its prompt a root.

A prompt that was seen before is found by its text, another one by those that it shares bands with. A root that it is
nearly the same as takes it in; where there are several, they become one, but for those that have a side already or that
a model was trained on: these stay as they are, and the nearest of them takes the prompt.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from labeling.datasets import near_duplicates
from labeling.datasets.models import Band, Root, RootPrompt
from labeling.datasets.near_duplicates import NEAR, Signature
from labeling.projects.models import Project, Round

BATCH = 2000  # comparisons read and placed in one transaction
LOCK = 0x7A22  # of PostgreSQL's advisory locks: prompts are placed one batch after the other
FIRST = UUID(int=0)

UNREAD = r"""
SELECT comparison.id,
    coalesce(
        jsonb_path_query_first(comparison.context, '$[*] ? (@.role == "user").content') #>> '{}',
        comparison.context #>> '{0,content}', ''
    ),
    btrim(first.text, E' \t\n\r\f\v') = btrim(second.text, E' \t\n\r\f\v'),
    (SELECT coalesce(sum(char_length(message ->> 'content')), 0) FROM jsonb_array_elements(comparison.context) message)
        + greatest(char_length(first.text), char_length(second.text)),
    greatest(first.prompt_tokens + first.completion_tokens, second.prompt_tokens + second.completion_tokens)
FROM comparisons_comparison comparison
JOIN dialogues_completion first ON first.id = comparison.first_id
JOIN dialogues_completion second ON second.id = comparison.second_id
WHERE comparison.project_id = %(project)s AND comparison.id > %(after)s
    AND (%(round)s::bigint IS NULL OR comparison.round_id = %(round)s)
    AND EXISTS (
        SELECT FROM comparisons_assignment judged
        WHERE judged.comparison_id = comparison.id AND judged.done_at IS NOT NULL
    )
    AND NOT EXISTS (SELECT FROM datasets_gist gist WHERE gist.comparison_id = comparison.id)
ORDER BY comparison.id LIMIT %(batch)s
"""
"""Of judged comparisons without a gist; those judged once stay as they are, which triggers see to."""
NEIGHBOURS = """
SELECT band.band, prompt.id, prompt.root_id, prompt.signature
FROM datasets_band band JOIN datasets_rootprompt prompt ON prompt.id = band.prompt_id WHERE band.band = ANY(%s)
"""
STORE = """
INSERT INTO datasets_gist (comparison_id, prompt_id, identical, chars, tokens)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::boolean[], %s::integer[], %s::integer[]) ON CONFLICT DO NOTHING
"""
Unread = tuple[UUID, str, bool, int, int | None]


def gather(project: Project, round_: Round | None = None) -> Iterator[int]:
    """All that is unread of the project, or of that round alone; says after each batch how many there were in it."""
    after = FIRST
    while batch := unread(project, round_, after):
        with transaction.atomic():
            place(batch)
        after = batch[-1][0]
        yield len(batch)


def gather_judged() -> None:
    """What was judged in rounds that still take judgements, so that little is left to be read when they close."""
    for round_ in Round.objects.filter(state__in=(Round.State.OPEN, Round.State.REVIEW)).select_related("project"):
        for _batch in gather(round_.project, round_):
            pass


def unread(project: Project, round_: Round | None, after: UUID) -> list[Unread]:
    asked = {"project": project.pk, "round": round_.pk if round_ else None, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, asked)
        return cursor.fetchall()


def place(batch: list[Unread]) -> None:
    """Inside a transaction: nobody else places prompts until it ends."""
    texts: dict[bytes, str] = {}
    begun: list[bytes] = []
    for _, text, *_facts in batch:
        plain = near_duplicates.plain(text)
        begun.append(near_duplicates.digest(plain))
        texts[begun[-1]] = plain
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        known = prompts(texts)
        comparisons, _, identical, chars, tokens = zip(*batch, strict=True)
        rows = [comparisons, [known[one] for one in begun], identical, chars, tokens]
        cursor.execute(STORE, [list(column) for column in rows])


def prompts(texts: dict[bytes, str]) -> dict[bytes, int]:
    """The key of each, by the digest of its text; those that are new are placed."""
    found = RootPrompt.objects.filter(digest__in=list(texts)).values_list("digest", "pk")
    known = {bytes(digest): key for digest, key in found}
    new = {digest: near_duplicates.signature(text) for digest, text in texts.items() if digest not in known}
    return known | Nearby.of(new).written() if new else known


@dataclass
class Nearby:
    """Some new prompts, placed in memory among those that may be near to them."""

    prompts: dict[int, dict[int, Signature]] = field(default_factory=lambda: defaultdict(dict))  # by band
    root_of: dict[int, int] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)  # roots that have a side, or that a model was trained on
    added: dict[int, tuple[bytes, Signature]] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)  # that are new, with what makes their key
    merged: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, new: dict[bytes, Signature]) -> "Nearby":
        nearby = cls()
        bands = {band for one in new.values() for band in near_duplicates.bands(one)}
        with connection.cursor() as cursor:
            cursor.execute(NEIGHBOURS, [list(bands)])
            for band, prompt, root, signature in cursor:
                nearby.prompts[band][prompt] = near_duplicates.restored(bytes(signature))
                nearby.root_of[prompt] = root
        settled = Root.objects.filter(pk__in=set(nearby.root_of.values())).settled()
        nearby.settled = set(settled.values_list("pk", flat=True))
        keys = zip(new.items(), next_keys(RootPrompt, len(new)), next_keys(Root, len(new)), strict=True)
        for (digest, signature), prompt, root in keys:
            nearby.add(prompt, digest, signature, root)
        return nearby

    def add(self, prompt: int, digest: bytes, signature: Signature, root: int) -> None:
        """To the root that it belongs to; to the new one of this key where it is like none."""
        bands = near_duplicates.bands(signature)
        self.root_of[prompt] = self.join(self.near(signature, bands)) or root
        if self.root_of[prompt] == root:
            self.roots[root] = digest
        self.added[prompt] = digest, signature
        for band in bands:
            self.prompts[band][prompt] = signature

    def near(self, signature: Signature, bands: list[int]) -> dict[int, float]:
        """Roots, and how like it their likest prompt is."""
        near: dict[int, float] = {}
        candidates = {key: one for band in bands for key, one in self.prompts.get(band, {}).items()}
        for key, other in candidates.items():
            likeness, root = near_duplicates.likeness(signature, other), self.root_of[key]
            if likeness >= NEAR:
                near[root] = max(near.get(root, 0.0), likeness)
        return near

    def join(self, near: dict[int, float]) -> int | None:
        """Make one root of them all: the nearest that is settled, else the oldest."""
        if not near:
            return None
        settled = [root for root in near if root in self.settled]
        chosen = max(settled, key=lambda root: (near[root], -root)) if settled else min(near)
        if others := near.keys() - self.settled - {chosen}:
            joined = {root: chosen if into in others else into for root, into in self.merged.items()}
            self.merged = joined | dict.fromkeys(others, chosen)
            self.root_of = {prompt: chosen if root in others else root for prompt, root in self.root_of.items()}
        return chosen

    def written(self) -> dict[bytes, int]:
        """All of it to the database; the keys of the new prompts by the digests of their texts."""
        Root.objects.bulk_create(Root(pk=root, key=key_of(digest)) for root, digest in self.roots.items())
        RootPrompt.objects.bulk_create(
            RootPrompt(
                pk=prompt, root_id=self.root_of[prompt], digest=digest, signature=near_duplicates.stored(signature)
            )
            for prompt, (digest, signature) in self.added.items()
        )
        Band.objects.bulk_create(
            Band(band=band, prompt_id=prompt)
            for prompt, (_, signature) in self.added.items()
            for band in dict.fromkeys(near_duplicates.bands(signature))
        )
        for root, into in self.merged.items():
            RootPrompt.objects.filter(root=root).update(root=into)
        return {digest: prompt for prompt, (digest, _) in self.added.items()}


def next_keys(model: type[Model], number: int) -> list[int]:
    with connection.cursor() as cursor:
        serial = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(serial, [model._meta.db_table, number])
        return [key for (key,) in cursor.fetchall()]


def key_of(digest: bytes) -> bytes:
    """Which nobody can compute who does not know the server's secret."""
    secret: Any = settings.SECRET_KEY
    return blake2b(digest, digest_size=16, key=secret.encode()[: blake2b.MAX_KEY_SIZE]).digest()
