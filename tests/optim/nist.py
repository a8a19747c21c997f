"""NIST StRD nonlinear regression: data and certified values, and how many digits an answer has right."""

from __future__ import annotations

import json
from itertools import permutations, product
from pathlib import Path

import numpy as np

from optim import duals
from optim.objectives import Problem

FOLDER = Path(__file__).parents[1] / "data" / "nist"
SETS = {entry["name"]: entry for entry in json.loads((FOLDER / "problems.json").read_text())["problems"]}


def problem(name: str, start: int) -> Problem:
    """A set from one of its two start vectors."""
    entry = SETS[name]
    header = (FOLDER / entry["csv"]).read_text().split("\n", 1)[0].strip().split(",")
    columns = dict(zip(header, np.loadtxt(FOLDER / entry["csv"], delimiter=",", skiprows=1).T, strict=True))
    scope = {"exp": duals.exp, "atan": duals.atan, "pi": np.pi, **columns}
    model = eval(f"lambda {','.join(entry['params'])}: {entry['formula']}", scope)  # the formulas are our own file
    y = np.log(columns["y"]) if name == "Nelson" else columns["y"]
    return Problem(entry[f"start{start}"], model, y, names=tuple(entry["params"]))


def log_relative_error(got, certified) -> float:
    """-log10 of the relative error, the least over the entries, between 0 and 11."""
    error = np.max(np.abs(np.asarray(got) - certified) / np.abs(certified))
    return float(np.clip(-np.log10(max(error, 1e-11)), 0, 11))


def score(entry, values, errors) -> tuple[float, float]:
    """Digits of the parameters and of their standard errors, over the ways to name them that are the same curve."""
    best = (-1.0, -1.0)
    blocks = entry["equivalent"].get("perm", [])
    flips = entry["equivalent"].get("flip", [])
    for order in permutations(range(len(blocks))):
        index = np.arange(len(values))
        for to, source in enumerate(order):
            index[np.array(blocks[to]) - 1] = np.array(blocks[source]) - 1
        for signs in product((1, -1), repeat=len(flips)):
            v = np.array(values)[index]
            for sign, which in zip(signs, flips, strict=True):
                v[np.array(which) - 1] *= sign
            e = np.array(errors)[index]
            best = max(best, (log_relative_error(v, entry["certified"]), log_relative_error(e, entry["certified_sd"])))
    return best
