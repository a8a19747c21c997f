"""The one place that knows the order of the stages."""

from dlang.driver.load import check, load
from dlang.driver.program import Program
from dlang.driver.results import GradResult, Parameter, RunResult

__all__ = ["GradResult", "Parameter", "Program", "RunResult", "check", "load"]
