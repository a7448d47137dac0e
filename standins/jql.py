"""JQL as written: text to a tree, or the refusal that Jira would give.

The grammar is the part of Jira's that a client of this product needs; what it does not know, it
refuses, as Jira does. What the words mean is in ``standins.jql_fields``.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_ORDER_FIELDS = 7


class JqlError(Exception):
    """A query that Jira answers with 400; the text is what it says."""


class Operator(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "~"
    NOT_CONTAINS = "!~"
    IN = "in"
    NOT_IN = "not in"
    IS = "is"
    IS_NOT = "is not"


@dataclass(frozen=True)
class Operand:
    """One value as written; a function keeps its brackets in ``text``."""

    text: str
    quoted: bool = False

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text.lower() in {"empty", "null"}

    @property
    def function(self) -> bool:
        return not self.quoted and self.text.endswith("()")


@dataclass(frozen=True)
class Clause:
    field: str
    operator: Operator
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Not:
    term: "Term"


@dataclass(frozen=True)
class All:
    terms: tuple["Term", ...]


@dataclass(frozen=True)
class AnyOf:
    terms: tuple["Term", ...]


Term = Clause | Not | All | AnyOf


@dataclass(frozen=True)
class Order:
    field: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    where: Term | None
    order: tuple[Order, ...]


@dataclass(frozen=True)
class Token:
    text: str
    at: int
    quoted: bool = False
    symbol: bool = False

    def word(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
      | (?P<symbol>!=|!~|<=|>=|&&|\|\||[=<>~!(),])
      | (?P<word>[^\s=<>~!(),"'&|\[\]]+(?:\[\d+\])?(?:\(\))?)
    )""",
    re.VERBOSE,
)
RESERVED = {"and", "or", "not", "in", "is", "order", "by", "asc", "desc"}
COMPARISONS = {str(operator) for operator in Operator} - {"in", "not in", "is", "is not"}
VALID_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


def parse(text: str) -> Query:
    """The tree of a query; JqlError with the position when it is not JQL."""
    parser = _Parser(_tokens(text), len(text))
    where = None if parser.at_end() or parser.sees("order") else parser.any_of()
    order = parser.order()
    parser.expect_end()
    return Query(where, order)


def _tokens(text: str) -> list[Token]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            stray = len(text) - len(text[at:].lstrip())
            raise _syntax(f"Unexpected character '{text[stray]}'", stray)
        tokens.append(_token(match))
        at = match.end()
    return tokens


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or ""
    text, at = match[kind], match.start(kind)
    if kind == "quoted":
        return Token(re.sub(r"\\(.)", r"\1", text[1:-1]), at, quoted=True)
    return Token(text, at, symbol=kind == "symbol")


def _syntax(problem: str, at: int) -> JqlError:
    return JqlError(f"Error in the JQL Query: {problem}. (line 1, character {at + 1})")


class _Parser:
    def __init__(self, tokens: list[Token], length: int) -> None:
        self._tokens = [*tokens, Token("", length, symbol=True)]
        self._next = 0

    def any_of(self) -> Term:
        terms = [self.all_of()]
        while self.takes("or", "||"):
            terms.append(self.all_of())
        return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))

    def all_of(self) -> Term:
        terms = [self.negated()]
        while self.takes("and", "&&"):
            terms.append(self.negated())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def negated(self) -> Term:
        if self.takes("not", "!"):
            return Not(self.negated())
        if self.takes("("):
            term = self.any_of()
            self._require(")")
            return term
        return self.clause()

    def clause(self) -> Clause:
        token = self._take()
        if token.symbol or (not token.quoted and token.text.lower() in RESERVED):
            raise _syntax(f"Expecting a field name but got '{token.text}'", token.at)
        operator = self.operator()
        if operator in {Operator.IN, Operator.NOT_IN}:
            return Clause(token.text, operator, self.operands())
        return Clause(token.text, operator, (self.operand(),))

    def operator(self) -> Operator:
        token = self._take()
        if token.symbol and token.text in COMPARISONS:
            return Operator(token.text)
        if token.word("is"):
            return Operator.IS_NOT if self.takes("not") else Operator.IS
        if token.word("in"):
            return Operator.IN
        if token.word("not") and self.takes("in"):
            return Operator.NOT_IN
        got = f"Expecting operator but got '{token.text}'. The valid operators are"
        raise _syntax(f"{got} {VALID_OPERATORS}", token.at)

    def operands(self) -> tuple[Operand, ...]:
        if not self.takes("("):
            operand = self.operand()
            if operand.function:
                return (operand,)
            raise _syntax("Expecting a list in parentheses", self._peek().at)
        values = [self.operand()]
        while self.takes(","):
            values.append(self.operand())
        self._require(")")
        return tuple(values)

    def operand(self) -> Operand:
        token = self._take()
        if token.symbol or token.word(*RESERVED):
            raise _syntax(
                f"Expecting either a value, list or function but got '{token.text}'", token.at
            )
        return Operand(token.text, token.quoted)

    def order(self) -> tuple[Order, ...]:
        if not self.takes("order"):
            return ()
        self._require("by")
        fields = [self._ordered()]
        while self.takes(","):
            fields.append(self._ordered())
        if len(fields) > MAX_ORDER_FIELDS:
            raise JqlError(f"The maximum number of fields in ORDER BY is {MAX_ORDER_FIELDS}.")
        return tuple(fields)

    def _ordered(self) -> Order:
        token = self._take()
        if token.symbol or token.word(*RESERVED):
            raise _syntax(f"Expecting a field name but got '{token.text}'", token.at)
        descending = self.takes("desc")
        if not descending:
            self.takes("asc")
        return Order(token.text, descending)

    def at_end(self) -> bool:
        return self._next == len(self._tokens) - 1

    def expect_end(self) -> None:
        if not self.at_end():
            token = self._peek()
            raise _syntax(f"Expecting either 'OR' or 'AND' but got '{token.text}'", token.at)

    def sees(self, *words: str) -> bool:
        return self._peek().word(*words)

    def takes(self, *words: str) -> bool:
        """Step over the next token when it is one of these words."""
        found = self.sees(*words)
        self._next += found
        return found

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._peek()
        if self.at_end():
            raise _syntax("The query ends too early", token.at)
        self._next += 1
        return token

    def _require(self, word: str) -> None:
        if not self.takes(word):
            token = self._peek()
            raise _syntax(f"Expecting '{word}' but got '{token.text}'", token.at)
