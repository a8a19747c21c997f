"""Random programs over the whole grammar, spelled and laid out at random: spaces, new lines, comments, commas, `;`.

They mean nothing. `any_program(random)` writes one; each place where the language allows a line to break may get a line
break, a comment behind the code, and comments on lines of their own. Comments are numbered, so that none is like another.
"""

from __future__ import annotations

from random import Random

__all__ = ["any_program"]

NAMES = [*"abcxyz", "rate", "x_1", "\u03b1", "half_life", "a_name_that_is_rather_long", "table", "fixed", "by_1"]
NUMBERS = ["0", "1", "12", "1_000", "1.5", ".5", "2.", "6.02e23", "1E-3", "007"]
STRINGS = ['"s"', '""', '"a # b"', '"\\u{3b1}\\n\\""', '"{ ; }"', '"' + "long " * 12 + '"']
COMPOUND = ["+=", "-=", "*=", "/=", "//=", "%=", "@=", "^="]
LEVELS = (["or"], ["and"], ["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "//", "%", "@"])

NEWLINE_AFTER = {*COMPOUND, *(sign for level in LEVELS for sign in level), "^", "..", "..=", "by"}
NEWLINE_AFTER |= {"=", "->", "~", ",", "|>", "not"}
NEWLINE_BEFORE = {"else", "|>"}

END, GLUE, BLOCK, RECORD = "<end>", "<glue>", "<block>", "<record>"


def any_program(random: Random, size: int = 12) -> str:
    """A program of some statements."""
    words = _Words(random, size)
    for _ in range(random.randint(0, 4)):
        words.statement()
        words.out.append(END)
    return _Spelling(random).text(words.out)


class _Words:
    """Writes the tokens of a program to `out`, with END where a statement ends and GLUE before what must adjoin."""

    def __init__(self, random: Random, size: int) -> None:
        self.random = random
        self.size = size
        self.left = float(size)
        self.out: list[str] = []

    def chance(self, one_in: int) -> bool:
        self.left -= 0.1
        return self.left > -self.size and self.random.randrange(one_in) == 0

    def put(self, *words: str) -> None:
        self.out += words

    def pick(self, choices: list[str]) -> None:
        self.put(self.random.choice(choices))

    def name(self) -> None:
        self.pick(NAMES)

    def listed(self, item: object, least: int = 0, most: int = 4, comma: bool = True) -> None:
        """Items with commas between them, and perhaps one behind."""
        count = self.random.randint(least, most)
        for at in range(count):
            if at:
                self.put(",")
            item()  # type: ignore[operator]
        if count and comma and self.chance(4):
            self.put(",")

    # ---- statements

    def block(self) -> None:
        self.put(BLOCK)
        for at in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            if at:
                self.put(END)
            self.statement()
        if self.chance(3) and self.out[-1] != BLOCK:
            self.put(END)
        self.put("}")

    def statement(self) -> None:
        self.left -= 1
        kinds = [
            *(self.expression, self.assign, self.assign, self.tilde, self.declaration, self.declaration),
            *(self.function, self.function, self.rule, self.loop, self.jump, self.conditional),
        ]
        self.random.choice(kinds)()

    def assign(self) -> None:
        if self.chance(5):
            self.put("(")
            self.listed(self.target, 2, 3)
            self.put(")", "=")
        else:
            self.target()
            self.put(self.random.choice(["=", "=", *COMPOUND]))
        self.expression()

    def target(self) -> None:
        self.pick(["x", "y", "a_name_that_is_rather_long"])
        if self.chance(3):
            self.put("[")
            self.listed(self.item, 1, 2)
            self.put("]")
        if self.chance(4):
            self.put(".", self.random.choice(["w", "if", "data"]))

    def tilde(self) -> None:
        self.pick(["y", "x"])
        self.put("~")
        self.expression()

    def declaration(self) -> None:
        match self.random.randrange(8):
            case 0:
                self.put("param", "k")
                if self.chance(2):
                    self.put("in")
                    self.binary(4)
                    self.pick(["..", "..="])
                    self.binary(4)
                self.put("=")
                self.expression()
                self.put(*[",", "fixed"] * self.chance(3))
            case 1:
                self.put("data")
                self.listed(self.name, 1, 9, comma=False)
                self.put("from")
                self.pick(STRINGS)
                self.put(*["as", "table"] * self.chance(3))
            case 2:
                self.put("data", "n", "=")
                self.binary(4)
            case 3:
                self.put(self.random.choice(["minimize", "maximize"]), "x", "+")
                self.binary(3)
            case 4:
                self.put("report", "h", "=")
                self.expression()
            case 5:
                self.put("assert")
                self.expression()
                if self.chance(2):
                    self.put(",")
                    self.pick(STRINGS)
            case 6:
                self.put("import", self.random.choice(["ode", '"lib/flow.dl"']))
                self.put(*["as", "flow"] * self.chance(2))
            case _:
                self.put("return")
                if self.chance(2):
                    self.binary(0)

    def jump(self) -> None:
        self.pick(["break", "continue"])

    def loop(self) -> None:
        if self.chance(3):
            self.put("while")
        else:
            self.put("for")
            self.pattern()
            self.put("in")
        self.put("x", "+") if self.chance(2) else None
        self.binary(3)
        self.block()

    def pattern(self) -> None:
        if self.chance(2):
            self.name()
        elif self.chance(3):
            self.put("(")
            self.pattern()
            self.put(*[","] * self.chance(2), ")")
        else:
            self.put("(")
            self.listed(self.name, 2, 3)
            self.put(")")

    def function(self) -> None:
        self.put("fn", "f", "(")
        self.listed(self.parameter)
        self.put(")")
        if self.chance(3):
            self.put("->")
            self.annotation()
        self.body()

    def body(self) -> None:
        if self.chance(2):
            self.block()
        else:
            self.put("=")
            self.expression()

    def rule(self) -> None:
        self.put(self.random.choice(["jvp", "vjp"]), "f", "(")
        self.listed(self.parameter)
        self.put(";")
        self.listed(self.name, 1, 2)
        self.put(")")
        self.body()

    def parameter(self) -> None:
        self.name()
        if self.chance(3):
            self.put(":")
            self.annotation()
        if self.chance(3):
            self.put("=")
            self.expression()

    def annotation(self) -> None:
        if self.chance(2):
            self.pick(["Real", "Int"])
        else:
            self.put("[")
            self.listed(lambda: self.pick(["n", "3"]), 1, 3)
            self.put("]", *["Int"] * self.chance(2))

    # ---- expressions

    def expression(self) -> None:
        self.left -= 1
        if self.left > 0 and self.chance(12):
            self.put("fn", "(")
            self.listed(self.parameter)
            self.put(")", "=")
            self.expression()
        else:
            self.binary(-1)

    def binary(self, level: int) -> None:
        """An operation of a level of the table, from the pipe (-1) to the product (4), or tighter."""
        self.left -= 1
        if level > 4:
            self.unary()
        elif self.left <= 0 or not self.chance(3):
            self.binary(level + 1)
        elif level == -1:
            self.binary(0)
            for _ in range(self.random.randint(1, 3)):
                self.put("|>")
                self.binary(0)
        else:
            if level == 2 and self.chance(3):
                self.put("not")
            if level == 3 and self.chance(3):
                self.binary(4)
                self.pick(["..", "..="])
                self.binary(4)
                if self.chance(2):
                    self.put("by")
                    self.binary(4)
                return
            self.binary(level + 1)
            for _ in range(self.random.choice([1, 1, 2, 6])):
                self.pick(LEVELS[level])
                self.binary(level + 1)

    def unary(self) -> None:
        if self.chance(6):
            self.pick(["-", "+"])
            self.unary()
        else:
            self.postfix()
            if self.chance(6):
                self.put("^")
                self.unary()

    def postfix(self) -> None:
        self.left -= 1
        self.atom()
        while self.chance(3):
            match self.random.randrange(4):
                case 0:
                    self.put("(")
                    self.listed(lambda: self.expression(), 0, 3)
                    self.put(")")
                case 1:
                    self.put("[")
                    self.listed(self.item, 1, 3)
                    self.put("]")
                case 2:
                    self.put(".", self.random.choice(["w", "for"]))
                case _:
                    self.put(GLUE, "'")

    def item(self) -> None:
        if self.chance(2):
            self.expression()
        else:
            for part in range(self.random.choice([2, 2, 3])):
                if part:
                    self.put(":")
                if self.chance(2):
                    self.binary(3)

    def atom(self) -> None:
        if self.left <= 0 or self.chance(2):
            self.random.choice([self.name, lambda: self.pick(NUMBERS), lambda: self.pick(STRINGS)])()
            return
        match self.random.randrange(9):
            case 0:
                self.put("(")
                self.expression()
                self.put(")")
            case 1:
                self.put("(")
                self.listed(self.expression, 2, 4)
                self.put(")")
            case 2:
                self.put("(", ")") if self.chance(3) else self.put("(", "x", ",", ")")
            case 3:
                self.put("[")
                self.listed(self.expression)
                self.put("]")
            case 4:
                self.put("[")
                self.listed(lambda: self.pick(NUMBERS), 20, 60)
                self.put("]")
            case 5:
                self.put("[")
                self.expression()
                self.put("for")
                self.pattern()
                self.put("in")
                self.expression()
                if self.chance(2):
                    self.put("if")
                    self.expression()
                self.put("]")
            case 6:
                self.put(RECORD)
                self.listed(self.entry)
                self.put("}")
            case 7:
                self.conditional()
            case _:
                self.put("f", "(", "x", ",", "fn", "(")
                self.listed(self.parameter)
                self.put(")")
                self.block()
                self.put(")")

    def entry(self) -> None:
        match self.random.randrange(3):
            case 0:
                self.put("...")
            case 1:
                self.put(self.random.choice([*NAMES, "if", "data"]), ":")
            case _:
                self.pick(STRINGS)
                self.put(":")
        self.expression()

    def conditional(self) -> None:
        self.put("if", "x")
        if self.chance(2):
            self.put("<")
            self.binary(3)
        self.block()
        while self.chance(3):
            self.put("else", "if", "y")
            self.block()
        if self.chance(2):
            self.put("else")
            self.block()


class _Spelling:
    """Lays the tokens out at random."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.comments = 0
        self.often = random.choice([3, 20, 1000])

    def text(self, words: list[str]) -> str:
        frames = ["block"]
        pieces: list[str] = [self.rest() if self.random.randrange(2) else ""]
        before = END
        for word in words:
            inside = frames[-1] == "bracket"
            if word == END:
                pieces.append(self.random.choice(["\n", "\n", ";", " ; ", self.rest()]))
            elif word != GLUE:
                free = inside or before in NEWLINE_AFTER or before == BLOCK or word in NEWLINE_BEFORE
                free = free or (word == "}" and frames[-1] == "block")
                if before == GLUE:
                    pass
                elif free and self.random.randrange(self.often) == 0:
                    pieces.append(self.rest())
                elif before != END:
                    pieces.append(self.space(before, word))
                if word in ("(", "[", RECORD):
                    frames.append("bracket")
                elif word == BLOCK:
                    frames.append("block")
                elif word in (")", "]", "}"):
                    frames.pop()
                pieces.append("{" if word in (BLOCK, RECORD) else word)
            before = word
        return "".join(pieces)

    def space(self, before: str, word: str) -> str:
        """At least a space, where two tokens would grow together."""
        signs = {"(", ")", "[", "]", ",", BLOCK, RECORD, "}", "|>", "=", ":"}
        if (before in signs or word in signs) and self.random.randrange(3) and not {before, word} & {"=", ":"}:
            return ""
        return self.random.choice([" ", " ", "  ", "\t"])

    def rest(self) -> str:
        """The rest of a line, perhaps with a comment, and perhaps lines of comments below."""
        lines = [self.random.choice(["", "", " ", "  " + self.comment(), " " * 20 + self.comment()])]
        for _ in range(self.random.choice([0, 0, 0, 1, 3])):
            lines.append(self.random.choice(["", "    "]) + self.random.choice(["", self.comment()]))
        return "\n".join(lines) + "\n" + " " * self.random.choice([0, 2, 7])

    def comment(self) -> str:
        self.comments += 1
        return self.random.choice(["# ", "#"]) + f"comment {self.comments}" + self.random.choice(["", "", "  ", ' "'])
