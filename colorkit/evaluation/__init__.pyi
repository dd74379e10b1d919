from .evaluator import (
    evaluate_model as evaluate_model,
    evaluate_models as evaluate_models,
)
from .html_report import render_report as render_report
from .lpips import load_lpips as load_lpips
from .metric_info import (
    METRICS as METRICS,
    MetricInfo as MetricInfo,
)
from .protocols import (
    PROTOCOLS as PROTOCOLS,
    Protocol as Protocol,
)
from .result import (
    Evaluation as Evaluation,
    PhotoEvaluation as PhotoEvaluation,
)
