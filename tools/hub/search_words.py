"""Words of the search as this field writes them: `+CEREG: 3`, `4.01`, `AT+QIOPEN`, `float64`.

    SearchWords({}).split("AT+QIOPEN=1, then 4.01")
    # ["AT+QIOPEN", "QIOPEN", "1", "then", "4.01"]

Sphinx's own words end at a dot, and it leaves numbers out: 4.01 could not be found at all. A code
with a dot is one word here, and a command is found with its AT and without. The same rule stands
in JavaScript, for what is typed into the search field of a page.
"""

from __future__ import annotations

import re

from sphinx import search
from sphinx.search.en import SearchEnglish

# A number with dots, a command after AT, or letters and digits.
WORD = re.compile(r"\d+(?:\.\d+)+|AT[+#%$^&*](\w+)|\w+")

SPLITTER = r"""
var splitQuery = function (query) {
  return query.match(/\d+(?:\.\d+)+|AT[+#%$^&*][\p{L}\p{N}_]+|[\p{L}\p{N}_]+/giu) || [];
};
"""


class SearchWords(SearchEnglish):
    """English, with the words of modems and protocols."""

    js_splitter_code = SPLITTER

    def split(self, input: str) -> list[str]:
        """The words of a text; those of `AT+QIOPEN` are itself and `QIOPEN`."""
        words: list[str] = []
        for found in WORD.finditer(input):
            words.append(found[0])
            if found[1]:
                words.append(found[1])
        return words


def register() -> None:
    """Take the place of Sphinx's English."""
    search.languages["en"] = SearchWords
