"""The prompt of each language, made once for each glossary; says what did not fit into it."""

import logging

from prometheus_client import Gauge

from processors.transcriber.hotwords import NO_HOTWORDS, Encode, Hotwords, Prompt, prompt_of

log = logging.getLogger(__name__)
LEFT_OUT = Gauge("earshot_transcriber_hotwords_left_out", "Terms that do not fit into the prompt", ["language"])


class Prompts:
    """Keeps the prompts of the hotwords that it was asked for last."""

    def __init__(self, encode: Encode, most_tokens: int) -> None:
        self._encode = encode
        self._most_tokens = most_tokens
        self._hotwords = NO_HOTWORDS
        self._by_language: dict[str, Prompt] = {}

    def of(self, hotwords: Hotwords, language: str) -> Prompt:
        """What the model is told before windows of this language."""
        if hotwords is not self._hotwords:
            self._hotwords, self._by_language = hotwords, {}
        prompt = self._by_language.get(language)
        if prompt is None:
            prompt = prompt_of(hotwords.of_language(language), self._encode, self._most_tokens)
            self._by_language[language] = prompt
            self._tell(prompt, language)
        return prompt

    def _tell(self, prompt: Prompt, language: str) -> None:
        LEFT_OUT.labels(language).set(prompt.left_out)
        if prompt.left_out:
            log.info(
                "%d terms are hotwords in %s; %d do not fit into %d tokens (`priority` in the glossary goes first)",
                *(len(prompt.terms), language, prompt.left_out, self._most_tokens),
            )
