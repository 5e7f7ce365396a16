"""Whether a response says which model it is, or who made it. Pure.

Only in the first person: a response may talk about any model and any maker, and what stands in quotation marks is
somebody else's speech. Names that are also words or people's names ("Claude", "Llama", "Phi") count only where the
response says in the same breath that it is a machine, or a version follows ("Llama 3").

Extend MODELS, PROPER_MODELS and MAKERS when there is a new family; they are parts of regular expressions, in lower
case. Every repetition in them has an upper bound, so that no text makes a search slow.
"""

import re
from collections.abc import Collection
from functools import lru_cache

MODELS = (  # mean nothing else
    *("chat ?gpt", "(?:open ?ai )?gpt[- ]?[2345][a-z0-9.]{0,4}", "smollm", "qwen", "qwq", "tongyi qianwen", "通义千问"),
    *("deep ?seek(?:[- ](?:chat|r1|v\\d|coder))?", "深度求索", "mixtral", "ministral", "codestral", "le chat"),
    *("chatglm", "internlm", "minicpm", "hunyuan", "混元", "doubao", "豆包", "ernie bot", "文心一言", "智谱清言"),
    *("meta ai", "meta llama", "code llama", "tinyllama", "openassistant", "open assistant", "hugging ?chat"),
    *("stablelm", "starcoder", "starchat", "nemotron", "olmo", "tülu", "chatbot arena", "bing chat", "gemini pro"),
    *("gigachat", "yandexgpt", "exaone", "hyperclova", "bloomz", "dolphin-mixtral", "baichuan"),
)
PROPER_MODELS = (  # also words, or people's names
    *("claude", "gemini", "gemma", "llama", "mistral", "phi", "falcon", "granite", "grok", "bard", "copilot", "nova"),
    *("command r", "jamba", "orca", "zephyr", "vicuna", "alpaca", "dolly", "bloom", "palm", "pythia", "kimi", "yi"),
    *("ernie", "bing", "aya", "pi", "lamda", "titan", "solar", "dbrx", "koala", "hermes", "sonnet", "opus", "haiku"),
)
MAKERS = (
    *("open ?ai", "anthropic", "google(?: deepmind| ai| research)?", "deepmind", "meta(?: ai)?", "facebook(?: ai)?"),
    *("microsoft(?: research)?", "hugging ?face(?:tb)?", "alibaba(?: cloud| group)?", "mistral(?: ai)?", "deep ?seek"),
    *(
        "cohere",
        "x\\.?ai",
        "amazon(?: web services)?",
        "aws",
        "apple",
        "ibm",
        "nvidia",
        "baidu",
        "tencent",
        "bytedance",
    ),
    *("zhipu(?: ai)?", "01\\.ai", "moonshot(?: ai)?", "minimax", "ai21(?: labs)?", "eleuther ?ai", "stability ?ai"),
    *("bigscience", "databricks", "mosaicml", "allen institute for (?:ai|artificial intelligence)", "ai2", "laion"),
    *("technology innovation institute", "tii", "lmsys", "nous research", "inflection(?: ai)?", "together ai"),
    *(
        "salesforce",
        "samsung",
        "huawei",
        "lg ai research",
        "upstage",
        "character\\.ai",
        "aleph alpha",
        "yandex",
        "sber",
    ),
    *("naver", "阿里云", "阿里巴巴", "百度", "腾讯", "字节跳动", "智谱", "月之暗面", "深度求索", "华为"),
)


def _any(parts: Collection[str]) -> str:
    return f"(?:{'|'.join(parts)})"


_I_AM = _any(
    (
        r"\b(?:i am|i'm|my name is|my name's|call me|i am called|i'm called|i am named|i'm named|i go by)",
        r"\b(?:ich bin|ich heiße|ich heisse|mein name ist|je suis|je m'appelle|mon nom est|(?:yo )?soy|me llamo)",
        r"\b(?:mi nombre es|sono|mi chiamo|il mio nome è|(?:eu )?sou|meu nome é|me chamo|ik ben|mijn naam is)",
        r"\b(?:jestem|nazywam się|меня зовут|я [-—–])",
        r"(?:我是|我叫|我的名字是|私は|私の名前は|저는|나는|제 이름은)",
    )
)
_ENDS = r"(?![a-z0-9_]|-[a-z]|'s\b|的|の)"  # "I am ChatGPT-like" and "I am Claude's neighbour" are about others
_VERSION = r"(?:[- ]?v?\d[a-z0-9.]{0,8})"
_SIZE = r"(?:[- ](?:\d[a-z0-9.]{0,6}|instruct|chat|turbo|max|plus|pro|mini|base)){0,3}"
_A = r"(?:an?|the|just an?|only an?|simply an?|your|ein|eine|un|une|uma?|een|一个|一種の)"
_MACHINE = _any(
    (
        r"(?:ai|a\.i\.|artificial intelligence|llm|(?:large |small )?language model|chat ?bot|virtual assistant)\b",
        r"(?:computer program|neural network|digital assistant|machine learning model|ai-powered assistant)\b",
        r"(?:ki|ki-[a-z]{1,20}|sprachmodell|künstliche intelligenz|modèle de langage|intelligence artificielle|ia)\b",
        r"(?:modelo de (?:lenguaje|linguagem)|inteligencia artificial|inteligência artificial|taalmodel)\b",
        r"(?:modello (?:linguistico|di linguaggio)|intelligenza artificiale|asistente de ia|assistant ia)\b",
        r"(?:语言模型|大模型|人工智能|智能助手|言語モデル|人工知能)",
    )
)
_KIND = (  # of machine; not any word: "I am a researcher studying AI made by Google"
    r"(?:(?:ai|ai-powered|helpful|friendly|large|small|big|compact|lightweight|advanced|powerful|sophisticated"
    r"|intelligent|new|mere|state-of-the-art|conversational|generative|virtual|digital|multilingual|multimodal|open|open-source|text-based"
    r"|computer|artificial|simple|humble|cutting-edge|neural|trained|pre-?trained|fine-?tuned|general-purpose),? ){0,4}"
)
_ADJECTIVES = r"(?:[^\W\d][\w-]{3,24} ){0,2}"  # of other languages; what is shorter would be "of", "the", "von"
_VERB = (
    r"(?:created|developed|built|made|designed|programmed|trained|pre-?trained|fine-?tuned|released|launched|hosted)"
)
_MAKER = rf"(?:(?:the )?(?:team|researchers|engineers|people|company|folks) (?:at |of |from )?)?{_any(MAKERS)}{_ENDS}"
_MADE = rf"{_VERB}(?:,? (?:and |& )?{_VERB}){{0,2}} by {_MAKER}"
_BY = rf"(?:von|par|de|por|pela|da|di|door|van)(?: der firma| la empresa| l'entreprise)? {_any(MAKERS)}{_ENDS}"
_MODEL = rf"{_any(MODELS)}{_VERSION}?{_SIZE}"
_THIS_MODEL = rf"(?:{_MODEL}{_ENDS}|{_any(PROPER_MODELS)}[- ]?v?\d[a-z0-9.]{{0,8}}{_SIZE}{_ENDS})"

_WHICH = (  # was made by: nothing else may stand between, as in "I am an AI and open no apps made by Google"
    r"(?: assistant| model)?(?:,? (?:named|called|known as) [\w.-]{1,24})?"
    r",? ?(?:that |which )?(?:was |is |has been |have been )?(?:originally |specifically )?"
)
_TWO_WORDS = r"(?:,? [\w-]{1,16}){0,2},? "  # "Sprachmodell, das von …", "modèle de langage développé par …"
_AS_ONE = rf"\bas {_A} {_KIND}(?:{_MACHINE}|assistant\b|model\b){_WHICH}{_MADE}"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # I am ChatGPT; my name is Qwen2.5; 我是通义千问
        rf"{_I_AM},? ?(?:actually |called |named )?[\"“「『]?{_THIS_MODEL}",
        # I'm Claude, an AI assistant; I am Gemini, trained by Google; I'm Bard from Google
        rf"{_I_AM} {_any(PROPER_MODELS)}{_ENDS}[,:;—–-]{{0,2}} ?"
        rf"(?:{_A} {_KIND}{_MACHINE}|(?:from|by) {_MAKER}|{_MADE})",
        # I am an AI language model trained by OpenAI; I'm a chatbot that was built by the team at Hugging Face
        rf"\b(?:i am|i'm) {_A} {_KIND}(?:{_MACHINE}|assistant\b){_WHICH}(?:{_MADE}|(?:from|by) {_MAKER})",
        rf"{_I_AM} ?{_A} {_ADJECTIVES}{_MACHINE}{_TWO_WORDS}{_BY}",
        # As an AI developed by OpenAI, I …; I cannot, as a language model created by Hugging Face
        rf"{_AS_ONE}[^.!?]{{0,40}}?\b(?:i|i'm|my|me)\b",
        rf"\bi\b[^.!?]{{0,60}}?{_AS_ONE}",
        rf"\bas {_MODEL}{_ENDS},? (?:i|i'm|my)\b",
        # I was created by Alibaba Cloud; my developers at Anthropic; I am powered by GPT-4
        r"\b(?:i was|i have been|i've been) (?:originally |initially |specifically )?"
        rf"(?:created|developed|built|made|designed|programmed)(?: and {_VERB})? by {_MAKER}",
        rf"\b{_any(MAKERS)}{_ENDS},? (?:who |which )?(?:has )?(?:created|developed) me\b",
        rf"\b(?:company|organization|team|lab) that {_VERB} me is (?:called )?{_MAKER}",
        rf"\bmy (?:creators?|developers?|makers?),? (?:is |are |at )?{_MAKER}",
        # I am an AI assistant named SmolLM; I'm powered by OpenAI's GPT-4
        rf"\b(?:i am|i'm) (?:{_A} {_KIND}(?:{_MACHINE}|assistant)(?: assistant| model)?,? )?"
        r"(?:named|called|known as|based on|built on|powered by|running on|a version of) "
        rf"(?:{_any(MAKERS)}'s )?(?:the )?{_THIS_MODEL}",
        # 我是由阿里云开发的语言模型; 私はOpenAIによって開発された
        rf"(?:我是|我由|我是由) ?{_any(MAKERS)} ?(?:公司|团队)?(?:自主)?(?:开发|训练|创建|研发|推出|研究)",
        rf"私は[^。!?]{{0,12}}?{_any(MAKERS)} ?(?:によって|が|に|社が)?(?:開発|訓練|作成|作られ|トレーニング)",
    )
)


def names_itself(text: str, names: Collection[str] = ()) -> bool:
    """Whether the response presents itself as a model, or as a maker's work.

    `names` are the contestants' own. They are looked for as they are written: "Helpful" may name one, "helpful" does
    not.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if any(_says(pattern, line) for line in map(_folded, lines) for pattern in _PATTERNS):
        return True
    own = _own(tuple(sorted(names)))
    return own is not None and any(_says(own, _plain(line)) for line in lines)


def _folded(line: str) -> str:
    return _plain(line).casefold()


def _plain(line: str) -> str:
    """Without emphasis and the quotation marks around a whole line; straight apostrophes, single spaces."""
    plain = " ".join(line.translate(_STRAIGHT).split())
    return plain[1:-1] if len(plain) > 1 and plain[0] + plain[-1] in ('""', "“”", "«»") else plain


_STRAIGHT = {ord("’"): "'", ord("ʼ"): "'", ord("*"): None, ord("`"): None, ord("\u200b"): None}


def _says(pattern: re.Pattern[str], line: str) -> bool:
    return any(not _is_quoted(line, found.start()) for found in pattern.finditer(line))


def _is_quoted(line: str, place: int) -> bool:
    """Whether a quotation is open there: a character of a story speaks, not the response."""
    if line.count('"', 0, place) % 2 or line[place - 1 : place] in ("'", "‘"):
        return True
    return any(line.count(left, 0, place) > line.count(right, 0, place) for left, right in ("“”", "«»", "「」", "„“"))


@lru_cache(maxsize=64)
def _own(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """The first person with one of these names, or with the part of it before a comma or a bracket."""
    parts = {part.strip() for name in names for part in (name, re.split(r"[,(]", name)[0]) if part.strip()}
    if not parts:
        return None
    known = _any([re.escape(" ".join(part.translate(_STRAIGHT).split())) for part in sorted(parts, key=len)[::-1]])
    return re.compile(rf"\b(?:I am|I'm|[Mm]y name is|[Mm]y name's|[Cc]all me) {known}(?![\w-]|'s\b)")
