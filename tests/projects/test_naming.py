"""A response that says which model it is, or who made it."""

import pytest

from labeling.projects.gates import Gate
from labeling.projects.self_naming import MAKERS, MODELS, PROPER_MODELS
from tests.projects.gates import gate


@pytest.mark.parametrize(
    "text",
    [
        "I am SmolLM",
        "I'm ChatGPT, a large language model trained by OpenAI.",
        "Hello! I am **Qwen2.5**, nice to meet you.",
        "I’m SmolLM2-135M-Instruct.",
        '"I am SmolLM, here to help."',
        "my name is Qwen",
        "I am GPT-4.",
        "I am Llama 3, here to help",
        "As ChatGPT, I don't have feelings.",
        "I'm Claude, an AI assistant made by Anthropic.",
        "I am Gemini, a large language model trained by Google.",
        "I'm Phi, a language model developed by Microsoft.",
        "I'm an AI language model developed by OpenAI",
        "I'm just a language model trained by the team at Hugging Face.",
        "I am a helpful AI assistant named SmolLM.",
        "I'm a chatbot that was built and trained by Mistral AI.",
        "As an AI developed by Anthropic, I can't do that.",
        "As a language model created by Hugging Face, I have no feelings.",
        "I cannot, as a language model created by Hugging Face, help.",
        "I was created by Alibaba Cloud.",
        "My creators at OpenAI decided otherwise.",
        "OpenAI, who developed me, decided otherwise.",
        "The company that trained me is Hugging Face.",
        "I'm powered by OpenAI's GPT-4.",
        "Ich bin ChatGPT.",
        "Ich bin ein großes Sprachmodell, das von OpenAI trainiert wurde.",
        "Je suis un modèle de langage développé par OpenAI.",
        "Soy un modelo de lenguaje creado por OpenAI.",
        "Sou um modelo de linguagem desenvolvido pela OpenAI.",
        "Sono un modello linguistico sviluppato da Google.",
        "Me llamo ChatGPT",
        "我是通义千问",
        "你好我是由阿里云开发的大规模语言模型",
        "私はOpenAIによって開発されたAIです",
    ],
)
def test_a_response_that_says_who_it_is_names_its_maker(text):
    assert gate(text) == Gate.NAMES_MAKER
    assert gate(f"Of course!\n\n{text}\nWhat would you like to know?") == Gate.NAMES_MAKER


@pytest.mark.parametrize(
    "text",
    [
        "OpenAI released ChatGPT in 2022, and Google followed with Gemini.",
        "ChatGPT is a language model trained by OpenAI.",
        "As a language model created by OpenAI, ChatGPT has limits.",
        "As an AI, I have no feelings.",
        "I am an AI language model and cannot eat.",
        "I'm an AI and have no data from Google.",
        "I am an AI and open no apps made by Google.",
        "I am not ChatGPT.",
        "I am a ChatGPT user, and ChatGPT-like tools are what I am fond of.",
        "I am ChatGPT-like.",
        "I am a user of an AI developed by OpenAI.",
        "I am a researcher studying AI made by Google.",
        "I'm a student using an AI assistant called Qwen.",
        "I'm glad you asked about the language model built by OpenAI!",
        "I was trained by Google as an engineer.",
        "Apple made me laugh, and the team that trained me is fond of OpenAI.",
        "Claude Monet painted water lilies.",
        "My name is Claude and I live in Paris.",
        "I am Claude, and I paint.",
        "I am Claude's neighbour.",
        "I am Llama farming this summer; Llama farming is popular in Peru.",
        "I'm Gemini, born in June.",
        '"I am ChatGPT," said the robot.',
        "“I'm Claude, an AI assistant,” the box said.",
        "«Je suis ChatGPT», dit la machine.",
        "Ich bin ChatGPT-Nutzer.",
        "Ich bin eine KI und kann keine Daten von Google abrufen.",
        "I'm an apple farmer, and I grow plants, falcon hunting aside.",
    ],
)
def test_talking_about_models_and_makers_is_not_naming_ones_own(text):
    assert gate(text) is None


def test_the_names_of_the_contestants_count_as_they_are_written():
    names = ("SmolLM2 135M, plain", "Helpful", "Candidate (June)", "C++ [x]*")
    assert gate("I am Helpful.", names=names) == Gate.NAMES_MAKER
    assert gate("My name is Candidate, by the way.", names=names) == Gate.NAMES_MAKER
    assert gate("I am helpful.", names=names) is None
    assert gate("I am Helpful's friend, and Helpful is a candidate.", names=names) is None


@pytest.mark.parametrize("names", [MODELS, PROPER_MODELS, MAKERS])
def test_no_name_stands_in_a_list_twice(names):
    assert sorted(names) == sorted(set(names))
