"""Pairs in stock that no model wrote: rows as a worker's receipts leave them, made by the thousand."""

from collections.abc import Sequence

from django.utils import timezone

from labeling.comparisons.models import Comparison
from labeling.dialogues.models import Completion, Dialogue, State, Turn
from labeling.projects import markdown
from labeling.projects.models import Prompt, Round

PARAGRAPH = (
    "Begin with what you have at home, and write down **three things** that matter to you. Then take the first of them "
    "and ask what would change if you did it only half as often. Most people find that one small habit carries most of "
    "the weight, and that the rest follows from it without much effort."
)
RESPONSES = (
    f"{PARAGRAPH}\n\n- Start early\n- Keep notes\n- Ask a friend\n\n{PARAGRAPH}",
    f"{PARAGRAPH}\n\n{PARAGRAPH}",
)
BATCH = 2_000


def stock_up(
    round_: Round, number: int, responses: Sequence[tuple[str, str]] = (RESPONSES,), languages: Sequence[str] = ("",)
) -> None:
    """So many complete pairs in the round's stock, each of a prompt of its own; responses and languages in turn."""
    html = {text: markdown.render(text) for pair in responses for text in pair}
    entries = list(round_.policy.select_related("model_version"))
    for begun in range(0, number, BATCH):
        now = timezone.now()
        prompts = Prompt.objects.bulk_create(
            Prompt(prompt_set=round_.prompt_set, text=f"What would you do first, number {place}, and why?")
            for place in range(begun, min(begun + BATCH, number))
        )
        dialogues = Dialogue.objects.bulk_create(
            Dialogue(project=round_.project, round=round_, author=None) for _ in prompts
        )
        turns = Turn.objects.bulk_create(
            Turn(dialogue=dialogue, number=1, text=prompt.text, prompt=prompt, language=languages[at % len(languages)])
            for at, (dialogue, prompt) in enumerate(zip(dialogues, prompts, strict=True), begun)
        )
        drawn = [
            Completion(
                turn=turn,
                draw=place,
                model_version=entries[place % len(entries)].model_version,
                seed=place,
                temperature=0.8,
                top_p=0.95,
                draw_probability=0.5,
                max_new_tokens=round_.max_new_tokens,
                state=State.DONE,
                text=text,
                html=html[text],
                finish_reason="stop",
                finished_at=now,
                started_at=now,
            )
            for at, turn in enumerate(turns, begun)
            for place, text in enumerate(responses[at % len(responses)])
        ]
        Completion.objects.bulk_create(drawn)
        Comparison.objects.bulk_create(
            Comparison(
                project=round_.project,
                round=round_,
                turn=turn,
                context=[{"role": "user", "content": turn.text}],
                first=drawn[2 * place],
                second=drawn[2 * place + 1],
                ready_at=now,
            )
            for place, turn in enumerate(turns)
        )
