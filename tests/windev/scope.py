"""The names that a source may use."""

from wlanguage import ENGLISH, fold, words


class Scope:
    """The names that can be used: kinds of variables and constants, procedures, functions of WLanguage."""

    def __init__(self, language):
        self.language = language
        self.values = {}
        self.texts = {}
        self.constants = set()
        self.procedures = {}
        self.functions = {}
        self.properties = set()
        for word in words():
            name = fold(word.spelling[language])
            if word.kind == "function":
                self.functions[name] = word
            elif word.kind == "constant":
                self.values[name] = word.result
                self.constants.add(name)
            elif word.kind == "property":
                self.properties.add(name)

    def known(self, name):
        return fold(name) in self.values or fold(name) in self.procedures or fold(name) in self.functions

    def function(self, name):
        word = self.functions.get(fold(name))
        return word.spelling[ENGLISH] if word else ""
