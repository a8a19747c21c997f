"""The one place that knows the order of the stages."""

from dlang.driver.load import check, ir_text, load
from dlang.driver.program import GradResult, Parameter, Program, RunResult

__all__ = ["GradResult", "Parameter", "Program", "RunResult", "check", "ir_text", "load"]
