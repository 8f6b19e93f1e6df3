"""The names that a source may use."""

from wlanguage import ENGLISH, fold, words


class Scope:
    """Kinds of variables and constants, texts of constants, procedures, and WLanguage's own words of a language."""

    def __init__(self, language):
        self.language = language
        self.values = {}
        self.texts = {}
        self.constants = set()
        self.procedures = {}
        self.words = {kind: {} for kind in ("function", "constant", "property")}
        for word in words():
            if word.kind in self.words:
                self.words[word.kind][fold(word.spelling[language])] = word
        for name, word in self.words["constant"].items():
            self.values[name] = word.result
            self.constants.add(name)

    def known(self, name):
        """Whether a variable, constant, procedure or function has this name."""
        return fold(name) in self.values or fold(name) in self.procedures or fold(name) in self.words["function"]

    def english(self, kind, name):
        """The English name of a word of WLanguage; "" for any other name."""
        word = self.words[kind].get(fold(name))
        return word.spelling[ENGLISH] if word else ""

    def function(self, name):
        """The English name of a function of WLanguage; "" for any other name."""
        return self.english("function", name)
