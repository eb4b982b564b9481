"""The words after which people say a name."""

import re

_TITLE = (
    r"(?:(?P<title>(?:sig(?:nor(?:a|ina|e)?|\.\s?ra|ra|\.)|dott(?:or(?:e|essa)?|\.(?:ssa)?)|"
    r"prof(?:essor(?:e|essa)?|\.)|geom(?:etra|\.)|avv(?:ocato|\.)|ing(?:egner|\.)|ragionier(?:a|e)?|"
    r"mr|mrs|ms|miss|mister|dr)\.?)\s+)?"
)
_ARTICLE = r"(?:(?:il|la|l'|the)\s*)?"
_NOT_DENIED = r"(?<!non )(?<!not )(?<!né )"
_IS = r"(?:\s+(?:e'|è|e|is|sarebbe))?"

# Nobody says these words without a name behind them.
_CERTAIN = (
    r"(?:cog)?nome\s+faccio", r"(?:mi|si|ti)\s+chiam(?:o|a|i|ano|avo)", r"io\s+chiamare",
    rf"nome\s+e\s+cognome{_IS}", rf"(?:mio|suo|di)\s+nome{_IS}",
    rf"(?:il|col|con il)\s+nome{_IS}", rf"(?<!il )nome{_IS}(?=\s+(?-i:[A-Z]))", rf"nominativo{_IS}",
    rf"cognome(?:\s+(?:giusto|corretto|esatto|nuovo|da\s+\w+))?{_IS}",
    r"a\s+nome(?:\s+di)?", r"intestat[oa]\s+a(?:l)?(?:\s+mi[oa]\s+\w+)?", r"registrat[oa]\s+come",
    r"all'anagrafe", r"campanello(?:\s+c'è\s+scritto)?",
    r"(?:my|his|her|the|full|first|last)\s+name(?:'?s|\s+is)?", r"surname(?:\s+is)?",
    r"name(?:\s+is)?(?=:?\s+(?-i:[A-Z]))", r"me\s+name", r"(?:in|under)\s+the\s+name(?:\s+of)?",
    r"(?:am|are|be)?\s*registered\s+as", r"(?:call|called)\s+me", r"(?:am|is|was)\s+called",
)  # fmt: skip
# These words may announce a name, or anything else.
_PERHAPS = (
    r"(?:sono|son|so'|sn)(?:\s+(?:io|sempre|ancora|di nuovo|un'altra persona|un[ao]? cliente))?",
    r"piacere", r"qui", r"parla", r"mi presento", r"cliente", r"dati", r"archivio", r"signed",
    r"(?:i'm|i am|im|this is|it's|its|it is)(?!\s+not\b)", r"details", r"data", r"myself",
    r"(?:cordiali\s+)?saluti", r"grazie", r"thanks", r"(?:kind |best )?regards", r"cheers",
    r"(?:marito|moglie|figlio|figlia|mamma|madre|papà|padre|sorella|fratello|amic[oa]|nonn[oa])",
    r"(?:husband|wife|son|daughter|mother|mum|father|dad|sister|brother|friend)(?:'s name)?",
    r"(?:under|marked)",
)  # fmt: skip


def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    said = "|".join(words)
    return re.compile(rf"{_NOT_DENIED}(?<!\w)(?:{said})(?!\w)[\s,:!]*{_ARTICLE}{_TITLE}", re.I)


ANNOUNCING = _compiled(_CERTAIN)
PERHAPS_ANNOUNCING = _compiled(_PERHAPS)
