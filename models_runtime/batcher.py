"""One life of transformers' continuous batching: its thread, its cache, and the way results find their
readers.
"""

import logging
import os
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any, cast

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig, LogitsProcessorList, PreTrainedModel
from transformers.generation.continuous_batching.continuous_api import ContinuousBatchingManager, OutputRouter
from transformers.generation.continuous_batching.requests import GenerationOutput

from models_runtime import paged_attention
from models_runtime.admission import Admission
from models_runtime.engine import GREEDY_BELOW, EngineError, Sampling
from models_runtime.row_sampler import Draw, RowSampler

log = logging.getLogger(__name__)

Results = SimpleQueue[GenerationOutput]

SLOTS = 16
PAGE = 64  # tokens in a block on CPU; small pages share more of a prompt
CPU_BLOCKS = 256  # at most: 16,384 tokens, of which 16 requests can hold 1,024 each
CPU_SHARE = 4  # the cache takes at most a fourth of the free memory
CPU_STEP = 512  # tokens in one step: more make a long prompt stall the others, fewer make it late
GPU_SLOTS = 64
GRAPH_TOKENS, GRAPH_CACHE = 16, 2048  # steps of the sizes that CUDA graphs are kept for: tokens read, and in the cache
STOP_SECONDS = 10.0


class _Router(OutputRouter):
    """Puts each result into its request's own queue, from the thread that made it: nobody polls, nobody
    sorts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[str, Results] = {}

    def deliver(self, output: GenerationOutput) -> None:
        reader = self.readers.get(output.request_id)
        if reader is not None:  # else it was cancelled, and nobody reads it any more
            reader.put(output)

    def deliver_batch(self, outputs: list[GenerationOutput]) -> None:
        for output in outputs:
            self.deliver(output)


class Batcher:
    """It ends when its thread dies or when it is stopped, never to start again: the engine makes a new
    one.
    """

    def __init__(self, model: PreTrainedModel, eos: list[int]) -> None:
        self._cpu = model.device.type == "cpu"
        self._router = _Router()
        if self._cpu:
            paged_attention.install()
        manager: ContinuousBatchingManager = cast(Any, model).init_continuous_batching(
            generation_config=_generation_config(self._cpu, eos),
            continuous_batching_config=_config(model),
        )
        manager.output_router = self._router
        if self._cpu:
            _use_row_sampler(manager)
        manager.batch_processor = manager._create_batch_processor()  # now, so that its size is known
        manager.start()
        self._manager = manager
        self.page = manager.continuous_batching_config.page_size
        self.admission = Admission(manager.batch_processor.cache.num_blocks, SLOTS if self._cpu else GPU_SLOTS)

    @property
    def alive(self) -> bool:
        return self._manager.is_running() and self._manager.background_thread_status.fatal_error is None

    @property
    def failure(self) -> BaseException | None:
        """What its thread died of."""
        error: BaseException | None = self._manager.background_thread_status.fatal_error
        return error

    def blocks(self, tokens: int) -> int:
        return -(-tokens // self.page)

    def submit(self, name: str, prompt: Sequence[int], sampling: Sampling) -> Results:
        """The queue on which the request's results arrive, each with all tokens so far."""
        results: Results = SimpleQueue()
        self._router.readers[name] = results
        accepted = self._manager.add_request(
            list(prompt),
            request_id=name,
            max_new_tokens=sampling.max_new_tokens,
            streaming=True,
            **self._sampling(sampling),
        )
        if accepted is None:
            self._router.readers.pop(name, None)
            raise EngineError("The engine is restarting.")
        return results

    def leave(self, name: str) -> None:
        """Frees the request's slot, also in the middle; harmless after its end.

        The engine's thread takes cancellations before it plans its next step, so what is submitted after
        this call finds the room.
        """
        self._router.readers.pop(name, None)
        self._manager.cancel_request(name)

    def stop(self) -> None:
        """Ends everything in it with an error. Returns when its thread has ended, or will not."""
        self._manager.stop(block=True, timeout=STOP_SECONDS, hard_stop=True)

    def _sampling(self, sampling: Sampling) -> dict[str, Any]:
        if self._cpu:
            return {"draw": Draw.of(sampling)}
        if sampling.greedy:
            return {"temperature": GREEDY_BELOW, "top_p": 1.0}
        return {"temperature": sampling.temperature, "top_p": sampling.top_p}


def _generation_config(cpu: bool, eos: list[int]) -> GenerationConfig:
    """On CUDA the values must not be neutral, or the library leaves out the processors that requests
    override.
    """
    if cpu:
        return GenerationConfig(do_sample=False, eos_token_id=eos)
    return GenerationConfig(do_sample=True, temperature=0.7, top_p=0.9, top_k=0, eos_token_id=eos)


def _config(model: PreTrainedModel) -> ContinuousBatchingConfig:
    """On CUDA the library sizes the cache and the steps by the free memory. Without graphs a step would be a thousand
    kernels that the processor launches one by one; the less a graph is padded, the sooner it is done.
    """
    if model.device.type != "cpu":
        return ContinuousBatchingConfig(
            max_requests_per_batch=GPU_SLOTS,
            per_request_processors=True,
            use_cuda_graph=True,
            q_padding_interval_size=GRAPH_TOKENS,
            kv_padding_interval_size=GRAPH_CACHE,
        )
    return ContinuousBatchingConfig(
        page_size=PAGE,
        num_blocks=_cpu_blocks(model),
        max_batch_tokens=CPU_STEP,
        max_requests_per_batch=SLOTS,
        safety_margin=0.0,  # admission leaves room already; blocks kept for sharing are given up when needed
        use_async_batching=False,
        use_cuda_graph=False,
        per_request_processors=True,
    )


def _cpu_blocks(model: PreTrainedModel) -> int:
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    block = 2 * config.num_hidden_layers * heads * size * PAGE * model.dtype.itemsize
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(SLOTS, min(CPU_BLOCKS, free // CPU_SHARE // block))


def _use_row_sampler(manager: ContinuousBatchingManager) -> None:
    processors = manager.logit_processor
    processors.logits_processor = LogitsProcessorList([RowSampler()])
    processors.tensors_required = 1
    processors.do_processing = True
    processors._retrieve_processors_kwargs()


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
