from .file_result import FileResult as FileResult
from .file_pipeline import colorize_files as colorize_files
from .hint_files import assign_hints as assign_hints
from .plan import (
    OutputPlan as OutputPlan,
    PlannedPhoto as PlannedPhoto,
    describe_plan as describe_plan,
    plan_outputs as plan_outputs,
    plan_samples as plan_samples,
)
