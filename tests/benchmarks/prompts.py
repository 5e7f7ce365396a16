"""What simulated annotators ask: each thing of each topic."""

TASKS = (
    "Explain {} to a child of ten.",
    "Give me three tips about {}.",
    "What should a beginner know about {}?",
    "Write a short, friendly note about {}.",
    "Name one common mistake with {} and how to avoid it.",
    "Why do people care about {}?",
    "Compare {} today with fifty years ago.",
    "Plan a quiet afternoon around {}.",
)
TOPICS = (
    *("baking bread", "growing tomatoes", "train journeys", "chess openings", "winter clothes", "learning to swim"),
    *("house plants", "old maps", "a first bicycle", "packing a suitcase", "rain gardens", "saving money", "bird song"),
    *("sharing a kitchen", "board games", "mending socks", "public libraries", "morning routines", "making soup"),
    *("museum visits", "a small balcony", "learning Spanish", "walking in the hills", "sleeping well", "bee hives"),
    *("writing letters", "street markets", "a noisy neighbour", "folk music", "tidy desks", "cheese", "night skies"),
    *("paper boats", "a job interview", "lost keys", "city buses", "wild berries", "knitting", "tea", "moving house"),
)
PROMPTS = [task.format(topic) for topic in TOPICS for task in TASKS]
