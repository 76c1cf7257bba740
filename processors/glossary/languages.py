"""The languages that Whisper knows, by the codes it uses (ISO 639-1, and 639-3 where there is none)."""

_CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id",
    "is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd",
    "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh",
)
LANGUAGES = frozenset(" ".join(_CODES).split())
OFTEN_MEANT = {
    "kr": "ko",
    "kor": "ko",
    "korean": "ko",
    "ko-kr": "ko",
    "한국어": "ko",
    "jp": "ja",
    "japanese": "ja",
    "cn": "zh",
    "chinese": "zh",
    "eng": "en",
    "english": "en",
    "en-us": "en",
    "en-gb": "en",
}
