"""The front end: from text to a tree."""

from dlang.syntax.dump import dump
from dlang.syntax.parse import parse, parse_expression
from dlang.syntax.tokens import KEYWORDS, SOFT_KEYWORDS

__all__ = ["KEYWORDS", "SOFT_KEYWORDS", "dump", "parse", "parse_expression"]
