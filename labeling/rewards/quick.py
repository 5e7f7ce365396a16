"""The quick reward model: a head on what the encoder made of a snapshot's comparisons, fitted in seconds.

It waits until the encoder has read all of them, which goes on in the background while people judge. It is fitted
whenever a round was closed, and whenever somebody asks.
"""

import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.datasets import holding_out
from labeling.datasets.artifacts import Away
from labeling.datasets.models import Snapshot, Use
from labeling.datasets.room import not_written
from labeling.rewards import encoding, features, head, heads, reporting
from labeling.rewards.models import Encoder, Run, Score
from labeling.rewards.preferences import Preferred, preferred

log = logging.getLogger(__name__)

LEAST = 50  # comparisons to learn from
LEAST_ROOTS = head.FOLDS  # root prompts that they begin with
MOST = 20_000  # of more, so many are drawn: a head has a thousand weights, and its memory is to stay small
UNFORESEEN = gettext_lazy("Something went wrong that nobody foresaw: the worker's log says what. Then try again.")


class NotFitted(Exception):
    """Why there is no model, for people."""


def make_due() -> None:
    """Whatever waits, one step on; one that breaks keeps none of the others, and says so on its page. What the database
    refuses in this moment is tried again in the next."""
    quick = Run.objects.filter(kind=Run.Kind.QUICK).select_related("project", "snapshot")
    for run in quick.left(timezone.now()):
        run.lose(_("The worker ended several times while it was fitted. See its log, then try again."))
    for run in quick.filter(state=Run.State.WAITING).order_by("created_at"):
        try:
            advance(run)
        except OperationalError:
            log.exception("%s", run)
        except Exception:
            log.exception("%s", run)
            run.fail(str(UNFORESEEN))


def advance(run: Run) -> None:
    """Fits it if all that it needs is there, else says how far that is."""
    if run.snapshot.state in (Snapshot.State.FAILED, Snapshot.State.CANCELLED):
        run.fail(_("Its snapshot failed or was cancelled. Try that one again, on its page, then this one."))
        return
    if run.snapshot.state == Snapshot.State.ERASED:
        run.fail(_("Its snapshot was erased. Choose another one."))
        return
    if run.snapshot.state != Snapshot.State.READY:
        return
    done, total = encoding.how_many(run.snapshot)
    run.waits(done, total)
    if done < total:
        encoding.send_next()
    elif run.begin():
        fit(run)


def fit(run: Run) -> None:
    """Whatever breaks is noted for the page; what nobody foresaw is raised as well."""
    try:
        learn(run)
    except NotFitted as error:
        run.fail(str(error))
    except features.Lost as error:
        log.warning("%s waits: what the encoder made of some of it is lost (%s)", run, error)
        run.hand_over()
    except Away as error:
        run.fail(_("%(why)s. Try again once the store of files is there.") % {"why": error})
    except OSError as error:
        log.exception("%s could not be written", run)
        run.fail(not_written(_("The model"), error))
    except BaseException:
        run.fail(str(UNFORESEEN))
        raise


def learn(run: Run) -> None:
    said = drawn(run, list(preferred(run.snapshot)))
    require_enough([one for one in said if one.axis == run.axis and not one.held_out])
    encoder = Encoder.objects.current()
    if encoder is None:
        raise NotFitted(_("No worker has read anything yet. Start a worker, then try again."))
    began = time.monotonic()
    asked = {one.comparison for one in said}
    order, states, encoding_seconds = features.read(encoder, asked)
    place = {comparison: row for row, comparison in enumerate(order)}
    readable = [one for one in said if one.comparison in place]
    own = [one for one in readable if one.axis == run.axis and not one.held_out]
    require_enough(own)
    learned_from = chosen(own, states, place)
    choice = head.choose(learned_from)
    fitted = head.fit(learned_from, choice.strength)
    about = {
        **{"encoder": encoder.sha256, "comparisons": len(own), "prompts": len({one.root for one in own})},
        **{"not_readable": len(asked) - len(order), "strength": choice.strength},
        "losses": {str(strength): round(loss, 4) for strength, loss in choice.loss.items()},
        "unseen": unseen_accuracy(head.unseen(learned_from, choice.strength), learned_from.share),
    }
    trained = time.monotonic()
    artifact = heads.keep(run, encoder, fitted)
    scores = scored(run, fitted, [one for one in readable if one.held_out], states, place)
    seconds = {"encode": round(encoding_seconds, 2), "train": round(trained - began, 2)}
    seconds["score"] = round(time.monotonic() - trained, 3)
    keep(run, artifact, about, seconds, scores)


def drawn(run: Run, said: list[Preferred]) -> list[Preferred]:
    """What it learns from, at most MOST, always the same of a snapshot; and all that is held out."""
    own = [one for one in said if one.axis == run.axis and not one.held_out]
    if len(own) > MOST:
        own = [own[place] for place in sorted(np.random.default_rng(0).permutation(len(own))[:MOST])]
    return [*own, *(one for one in said if one.held_out)]


@transaction.atomic
def keep(run: Run, artifact: str, about: dict[str, Any], seconds: dict[str, float], scores: list[Score]) -> None:
    """All at once, unless it was cancelled meanwhile."""
    if not run.trained(artifact, seconds):
        return
    run.refresh_from_db()
    Score.objects.bulk_create(scores)
    note_use(run)
    run.tell(about)
    run.finish({})
    transaction.on_commit(partial(reporting.keep, run))


def require_enough(own: Sequence[Preferred]) -> None:
    roots = len({one.root for one in own})
    if len(own) < LEAST or roots < LEAST_ROOTS:
        comparisons = ngettext("%(n)d comparison", "%(n)d comparisons", len(own)) % {"n": len(own)}
        prompts = ngettext("%(n)d prompt", "%(n)d prompts", roots) % {"n": roots}
        raise NotFitted(
            _(
                "There is too little to learn from: %(comparisons)s of %(prompts)s, and %(least)d of %(roots)d are the "
                "least that means anything. Collect more, or make a snapshot that leaves out less."
            )
            % {"comparisons": comparisons, "prompts": prompts, "least": LEAST, "roots": LEAST_ROOTS}
        )


def chosen(which: Sequence[Preferred], states: features.Halves, place: dict[UUID, int]) -> head.Preferences:
    return head.Preferences(
        states[[place[one.comparison] for one in which]],
        np.array([one.share for one in which]),
        np.array([float(one.weight) for one in which]),
        np.array([one.root for one in which], dtype=np.int64),
    )


def scored(
    run: Run, fitted: head.Head, held_out: Sequence[Preferred], states: features.Halves, place: dict[UUID, int]
) -> list[Score]:
    """What is held out of either axis, each comparison once, with how sure the head is of the difference."""
    comparisons = list(dict.fromkeys(one.comparison for one in held_out))
    of = states[[place[comparison] for comparison in comparisons]]
    if not comparisons:
        return []
    rewards, spread = fitted.rewards(of), fitted.spread(of)
    return [
        Score(run=run, comparison_id=comparison, first=first, second=second, spread=unsure)
        for comparison, (first, second), unsure in zip(comparisons, rewards.tolist(), spread.tolist(), strict=True)
    ]


def unseen_accuracy(difference: head.Floats, share: head.Floats) -> dict[str, Any]:
    """How often a head prefers what most people do, on prompts that it was not fitted to; with what an interval needs
    that knows nothing of prompts, which is somewhat narrower than one that does."""
    clear = share != 0.5
    right = (difference[clear] > 0) == (share[clear] > 0.5)
    return {"comparisons": int(clear.sum()), "accuracy": round(float(right.mean()), 4) if clear.any() else None}


def note_use(run: Run) -> None:
    """That its snapshot was trained on. Prompts of a provisional one may still be held out: this model is tested on
    none but those of its own snapshot."""
    use = Use(snapshot=run.snapshot, name=str(run), noted_by=run.made_by)
    if run.snapshot.provisional:
        use.save(force_insert=True)
    else:
        holding_out.note_use(use)
