"""A data set's card: what is in it, who said it, how far to trust it. Pure but for the names that facts.py has found.

Whatever people or models wrote is escaped, or stands between fences: whoever reads the card on a hub reads its words,
and runs none.
"""

from collections.abc import Iterable, Iterator

from labeling.datasets.card_head import head
from labeling.datasets.escaping import block, inline, table
from labeling.datasets.facts import Facts
from labeling.datasets.licences import LICENCES
from labeling.datasets.pictures import bars
from labeling.datasets.tally import BINS, Sizes, Tally
from labeling.quality.agreement import Estimate

DEGREES = {4: "significantly better", 3: "better", 2: "slightly better", 1: "negligibly better or unsure"}
FIGURES = {
    "raw": "same choice",
    "ac1": "Gwet's AC1, choice",
    "alpha_choice": "Krippendorff's alpha, choice",
    "ac2": "Gwet's AC2, eight steps",
    "alpha_scale": "Krippendorff's alpha, eight steps",
}
FEW = 100  # comparisons that several people judged
CONFIGS = {
    "helpfulness": "TRL `RewardTrainer`: whole dialogues in `chosen` and `rejected`, which differ in the last message",
    "safety": "TRL `RewardTrainer`: whole dialogues, with the safety labels of both responses",
    "dpo": "TRL `DPOTrainer`: `prompt`, `chosen`, `rejected`; no pair whose chosen response is unsafe. The prompts of "
    "both axes: filter by `axis`, or load the files of one",
    "openrlhf": "OpenRLHF with `prompt` as its prompt key and the chat template applied; give it the files of one axis",
    "soft": "a row a comparison, with the share of judgements that chose `first`, and each signed degree, 0 where "
    "nobody said one",
    "judgements": "every judgement with all that is known of it, those in no other config too; `excluded` says why",
}
AGGREGATIONS = {
    "every": "Every judgement is a preference of its own, also where several people judged the same pair.",
    "majority": "One preference a comparison: the majority's, of the median degree on its side.",
    "adjudicated": "One preference a comparison: the last word where there is one, else the majority's.",
    "model": "One preference a comparison: the one that the annotator model holds for likelier.",
}


def card(facts: Facts) -> str:
    parts = [top(facts), statistics(facts)]
    if facts.people:
        parts += [degrees(facts), labels(facts), agreement(facts)]
    parts += [reviewed(facts), excluded(facts)]
    if facts.people:
        parts += [people(facts), models(facts), draws(facts), guidelines(facts)]
    parts.append(limits(facts))
    return "\n\n".join(part for part in parts if part) + "\n"


def pictures(facts: Facts) -> dict[str, str]:
    """By path."""
    drawn = {}
    for axis, tally in facts.tallies.items():
        if has_degrees(tally):
            said, total = degrees_said([tally]), tally.degrees.total()
            shares = [(label, tally.degrees[degree] / total) for degree, label in said.items()]
            drawn[f"pictures/degrees-{axis}.svg"] = bars(f"Degrees, {axis}", shares)
        if total := tally.bins.total():
            drawn[f"pictures/labels-{axis}.svg"] = bars(
                "Safety labels", [(name, tally.bins[name] / total) for name in BINS]
            )
    return drawn


def section(title: str, *parts: str) -> str:
    return "\n\n".join(filter(None, [f"## {title}", *parts]))


def top(facts: Facts) -> str:
    name, wanted = facts.project.name, facts.wanted
    total = sum(sizes.comparisons for _, _, sizes in sides(facts))
    languages = sorted({tag for tally in facts.tallies.values() for tag in tally.languages if tag})
    yaml = head(name, languages, wanted.licence, total, facts.files, wanted.margins is not None)
    configs = dict.fromkeys(entry.config for entry in facts.files)
    parts = [
        f"# {inline(name)}",
        "Human preferences between two model responses, collected with Tandem after the protocol of Llama 2 "
        "(arXiv 2307.09288).",
        "**Provisional: a round was still open, and what is in it may yet change.**" if facts.provisional else "",
        inline(facts.project.description),
        table(["config", "rows", "for"], ([f"`{one}`", f"{rows_of(facts, one):,}", CONFIGS[one]] for one in configs)),
        f"{AGGREGATIONS[wanted.aggregation]} {margins(facts)} The split `test` is held out: no prompt of it, nor one "
        "nearly the same, is in `train`.",
        f"The members have the sha256 `{facts.digest}`, and the same members give the same files, to the byte. "
        "`manifest.json` has the sha256 of each file.",
    ]
    return f"{yaml}\n" + "\n\n".join(part for part in parts if part)


def margins(facts: Facts) -> str:
    if facts.wanted.margins is None:
        return "There are no margins."
    each = (f"{DEGREES[degree]} {margin:.4g}" for degree, margin in sorted(facts.wanted.margins.items(), reverse=True))
    said = f"Margins ({facts.wanted.preset}): {', '.join(each)}."
    if any(of["excluded"].get("no_degree") for of in facts.counts.values()):
        said += " Where nobody said a degree there is no margin: such preferences are in no config that has one."
    return said


def rows_of(facts: Facts, config: str) -> int:
    own = [entry for entry in facts.files if entry.config == config]
    return sum(entry.file.rows for entry in own if entry.format == own[0].format)


def sides(facts: Facts) -> Iterator[tuple[str, str, Sizes]]:
    for axis, tally in facts.tallies.items():
        for held_out, split in ((False, "train"), (True, "test")):
            if tally.sizes[held_out].comparisons:
                yield axis, split, tally.sizes[held_out]


def statistics(facts: Facts) -> str:
    """Llama 2's table 6."""
    columns = ["axis, split", "comparisons", "judgements", "turns a dialogue", "characters an example", "in the prompt"]
    columns += ["in the response", "tokens an example", "in the response"]
    rows = []
    for axis, split, sizes in sides(facts):
        n, judged = sizes.comparisons, facts.tallies[axis].judgements[split == "test"]
        chars = (sizes.dialogue_chars + sizes.response_chars, sizes.prompt_chars, sizes.response_chars)
        tokens = (sizes.dialogue_tokens + sizes.response_tokens, sizes.response_tokens)
        means = [f"{total / n:.1f}" for total in (sizes.turns, *chars)]
        counted = [f"{total / sizes.counted:.1f}" if sizes.counted else "–" for total in tokens]
        rows.append([f"{axis}, {split}", f"{n:,}", f"{judged:,}", *means, *counted])
    if not rows:
        return section("Statistics", "There is no row for a trainer in it.")
    note = (
        "Means over comparisons. An example is a dialogue with one response, the prompt its last message. Tokens are "
        "as the models counted them that wrote the responses, chat template and system prompt included."
    )
    return section("Statistics", table(columns, rows), note)


def degrees(facts: Facts) -> str:
    found = {axis: tally for axis, tally in facts.tallies.items() if tally.degrees}
    if not found:
        return ""
    counts = [tally.degrees for tally in found.values()]
    said = degrees_said(found.values()).items()
    rows = ([label, *(share(one[degree], one.total()) for one in counts)] for degree, label in said)
    drawn = (f"![Degrees, {axis}](pictures/degrees-{axis}.svg)" for axis, tally in found.items() if has_degrees(tally))
    return section("Degrees", table(["the chosen response is", *found], rows), "\n".join(drawn))


def degrees_said(tallies: Iterable[Tally]) -> dict[int, str]:
    """What there is to say, from significantly down; that nobody said it only where there is such."""
    unsaid = any(tally.degrees[0] for tally in tallies)
    return DEGREES | ({0: "nobody said by how much"} if unsaid else {})


def has_degrees(tally: Tally) -> bool:
    """Somebody said one: else a picture of them would show nothing but zeros."""
    return any(tally.degrees[degree] for degree in DEGREES)


def labels(facts: Facts) -> str:
    for axis, tally in facts.tallies.items():
        if total := tally.bins.total():
            names = ("chosen safe, the other unsafe", *BINS[1:])
            rows = ([said, share(tally.bins[name], total)] for said, name in zip(names, BINS, strict=True))
            shown = f"![Safety labels](pictures/labels-{axis}.svg)"
            return section("Safety labels", table(["of a pair", axis], rows), shown)
    return ""


def agreement(facts: Facts) -> str:
    found = facts.agreement
    if not found:
        return section("Agreement", "Nobody judged what another one had judged: how far people agree is not known.")
    rows = ([said, *(between(figures[name]) for figures in found.values())] for name, said in FIGURES.items())
    several = ", ".join(f"{facts.tallies[axis].patterns.total():,} on {axis}" for axis in found)
    note = (
        f"Of comparisons that several people judged: {several}. In brackets the 95 % interval of a bootstrap over them."
    )
    return section("Agreement", table(["", *found], rows), note)


def between(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    known = estimate.low is not None
    interval = f"{estimate.low:.3f} to {estimate.high:.3f}" if known else "too few for an interval"
    return f"{estimate.value:.3f} ({interval})"


def reviewed(facts: Facts) -> str:
    """How much was accepted of what reviewers have read."""
    rows = []
    for axis, of in facts.counts.items():
        accepted, rejected = of.get("accepted", 0), of["excluded"]["rejected"]
        if read := accepted + rejected:
            rows.append([axis, f"{of['judgements']:,}", f"{read:,}", share(accepted, read), f"{rejected:,}"])
    if not rows:
        return section("Review", "No reviewer has read any of it.")
    note = "Of judgements that a reviewer has read; what is sent back is in no trainer's file."
    return section("Review", table(["axis", "judgements", "read", "accepted", "sent back"], rows), note)


def excluded(facts: Facts) -> str:
    by_axis = {axis: facts.counts[axis]["excluded"] for axis in facts.wanted.axes if axis in facts.counts}
    reasons = dict.fromkeys(reason for found in by_axis.values() for reason, times in found.items() if times)
    if not reasons:
        return ""
    rows = ([reason.replace("_", " "), *(f"{found[reason]:,}" for found in by_axis.values())] for reason in reasons)
    note = (
        "Judgements that are in no trainer's file, by the first reason that holds; unsafe chosen: of `dpo` alone; no "
        "degree: of configs with margins alone."
    )
    return section("Left out", note, table(["reason", *by_axis], rows))


def people(facts: Facts) -> str:
    cohorts = {cohort for _, names, _ in facts.people for cohort in names}
    rows = ([inline(who), ", ".join(map(inline, names)) or "–", f"{judged:,}"] for who, names, judged in facts.people)
    note = f"{many(len(facts.people), 'person', 'people')} in {many(len(cohorts), 'cohort')}, by pseudonym."
    return section("Annotators", note, table(["annotator", "cohorts", "judgements"], rows))


def models(facts: Facts) -> str:
    rows = []
    for one in facts.models:
        prompt = "yes" if one.has_system_prompt else "no"
        rows.append(
            [inline(one.name), f"`{one.sha256 or 'not known'}`", inline(one.engine), prompt, f"{one.responses:,}"]
        )
    note = (
        "The sha256 is over the files of the model, its chat template included. System prompts are columns of "
        "`judgements` alone."
    )
    return section("Model versions", table(["version", "sha256", "engine", "system prompt", "responses"], rows), note)


def draws(facts: Facts) -> str:
    """The policy that pairs were drawn by."""
    rows = []
    for one in facts.policies:
        ranges = span(one.temperature), span(one.top_p)
        rows.append([str(one.round), inline(one.model), share(one.share, 1), *ranges])
    comparisons = ", ".join(f"round {number}: {times:,}" for number, times in facts.rounds)
    head = ["round", "model version", "share of draws", "temperature", "top-p"]
    drawn = table(head, rows) if rows else "All of it was made elsewhere: no policy drew it here."
    return section("Rounds", f"Comparisons by round: {comparisons}.", drawn)


def guidelines(facts: Facts) -> str:
    parts = [
        f"### {version.axis}, version {version.number}: {many(judged, 'judgement')}\n\n{block(version.text)}"
        for version, judged in facts.guidelines
    ]
    return section("Guidelines", *(parts or ["All of it was judged elsewhere, by none of the guidelines here."]))


def limits(facts: Facts) -> str:
    return section("Licence and known limits", "\n".join(f"- {limit}" for limit in known_limits(facts)))


def known_limits(facts: Facts) -> Iterator[str]:
    if facts.wanted.licence in LICENCES:
        yield f"Licence: {LICENCES[facts.wanted.licence]}, as whoever made this says."
    else:
        yield "Nobody has said under which licence this may be used. Say so above before you publish it."
    yield "Preferences are those of the people above, under the guidelines above; others would choose otherwise."
    yield "Texts are as models and people wrote them: they may be false, offensive, or about real people."
    yield "How much of a prompt was typed, and how long a judgement took, is told by browsers and proves nothing."
    if empty := [f"`{one}`" for one in dict.fromkeys(entry.config for entry in facts.files) if not rows_of(facts, one)]:
        how = "`datasets` loads such only with `streaming=True`, and no trainer begins with nothing else"
        yield f"There is no row in {', '.join(empty)}: {how}."
    yield from (limit for axis, tally in facts.tallies.items() for limit in limits_of(axis, tally))


def limits_of(axis: str, tally: Tally) -> Iterator[str]:
    several = tally.patterns.total()
    if not tally.judgements:
        yield f"{axis}: nobody has judged anything for it that counts; its files have no rows."
    if tally.judgements and not tally.sizes[True].comparisons:
        yield f"{axis}: nothing is held out; there is no split `test`."
    if 0 < several < FEW:
        yield f"{axis}: only {many(several, 'comparison')} with several judges, so agreement is uncertain."
    if tally.languages[""]:
        yield f"{axis}: of {many(tally.languages[''], 'comparison')} nobody said the language."


def many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"


def span(ends: Iterable[float]) -> str:
    return " to ".join(f"{end:g}" for end in dict.fromkeys(ends))
