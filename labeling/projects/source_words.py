"""What managers read about the kinds of sources: what each is, where a worker looks for it, how a mistake is mended."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from labeling.projects.sources import Kind, Problem
from labeling.stack import home

Words = Mapping[Kind, Promise]

LABELS: Words = {
    Kind.FOLDER: _("Folder on the worker"),
    Kind.GGUF: _("GGUF file on the worker"),
    Kind.HUB: _("Model from the Hugging Face hub"),
    Kind.ADAPTER: _("LoRA adapter on a base model"),
    Kind.SERVER: _("Model on a server"),
    Kind.SCRIPTED: _("Scripted, without a model"),
}
ABOUT: Words = {
    Kind.FOLDER: _("A checkpoint as safetensors, with its configuration, tokenizer and chat template."),
    Kind.GGUF: _("A single file that holds everything. The worker converts it once, when it first loads it."),
    Kind.HUB: _("A repository at one commit. The worker downloads it once."),
    Kind.ADAPTER: _("What a fine-tuning changed, together with the model that it changes."),
    Kind.SERVER: _("vLLM, SGLang, “transformers serve” or any other OpenAI-compatible server."),
    Kind.SCRIPTED: _("Invented sentences, for trying these pages out. Never for real judgements."),
}
_FOLDERS = format_lazy(
    _(
        "The worker looks below the folders that MODEL_FOLDERS in its environment names, and nowhere else. One that "
        "Tandem starts itself always looks in {folder} as well."
    ),
    folder=home() / "models",
)
WHERE: Words = {
    Kind.FOLDER: _FOLDERS,
    Kind.GGUF: _FOLDERS,
    Kind.HUB: _(
        "The worker fetches only what HUB_MODELS in its environment lists, as “organisation/name” or “organisation/*”. "
        "A token for closed models belongs there too, in HF_TOKEN, and never here."
    ),
    Kind.ADAPTER: format_lazy("{} {}", _FOLDERS, _("From the hub it fetches what HUB_MODELS there lists.")),
    Kind.SERVER: _(
        "The worker asks only the servers that OPENAI_BASE_URLS in its environment lists, each written as here. Their "
        "key belongs there too, in OPENAI_API_KEY, and never here."
    ),
    Kind.SCRIPTED: _("Every worker has it."),
}
PARTS: Mapping[str, Promise] = {
    "path": _("Path"),
    "repository": _("Repository"),
    "commit": _("Commit"),
    "base": _("Base model"),
    "adapter": _("Adapter"),
    "url": _("Base URL"),
    "model": _("Name on the server"),
    "script": _("Script"),
}
WHAT_TO_DO: Mapping[Problem, Promise] = {
    Problem.PLUS: _("A plus sign separates a base from its adapter, so no name can have one. Rename it on the worker."),
    Problem.FILE: _("This is a GGUF file. Name a folder with safetensors weights, or choose the kind “GGUF file”."),
    Problem.FOLDER: _("The name of a GGUF file ends in .gguf. For a folder, choose the kind “Folder”."),
    Problem.FROM_HUB: _("This is a model from the hub. Choose that kind."),
    Problem.OUTSIDE: _("“..” leads out of the worker's folders. Write the path without it."),
    Problem.REPOSITORY: _("Write organisation/name, as in the address of the repository's page."),
    Problem.SHORT: _(
        "These are only the first digits. Write all 40: on the repository's page open “Files and versions”, then the "
        "history of commits, and use the button that copies."
    ),
    Problem.BRANCH: _(
        "Write the 40 digits of a commit, for a branch or tag may mean other weights tomorrow. On the repository's "
        "page open “Files and versions”, then the history of commits, and copy those of the newest one."
    ),
    Problem.URL: _(
        "Write http:// or https://, then the host, its port if it has one, and the path, as in the example."
    ),
    Problem.KEY: _("Leave out the name and password. Whoever runs the worker sets the key there, as OPENAI_API_KEY."),
    Problem.MODEL: _("Write the name by which the server knows the model."),
}
