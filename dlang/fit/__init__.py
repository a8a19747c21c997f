"""Fits: from an objective to estimates, their errors, and a verdict."""

from dlang.fit.estimates import Reports
from dlang.fit.result import Estimate, FitResult, ReportEstimate, Statistics, Unidentified, Verdict
from dlang.fit.run import fit

__all__ = ["Estimate", "FitResult", "ReportEstimate", "Reports", "Statistics", "Unidentified", "Verdict", "fit"]
