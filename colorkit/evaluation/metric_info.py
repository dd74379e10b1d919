"""The metrics of an evaluation: their names, titles and meanings."""

import dataclasses

TRUTH = "truth"
"""The key of the photograph itself, beside those of models and baselines."""


@dataclasses.dataclass(frozen=True)
class MetricInfo:
    """A metric's names, explanation and format.

    Attributes:
        key: Its name in JSON, CSV and `Evaluation.means()`.
        title: Its name in tables, with its unit.
        note: One sentence on what it is.
        better: 1 if higher is better, -1 if lower is, 0 if neither.
        decimals: Digits after the point in tables.
    """

    key: str
    title: str
    note: str
    better: int = 0
    decimals: int = 2


METRICS = {
    metric.key: metric
    for metric in (
        MetricInfo("psnr", "PSNR (dB)", "Peak signal-to-noise ratio over red, green and blue.", 1),
        MetricInfo("ssim", "SSIM", "Structural similarity, mean of the three channels.", 1, 4),
        MetricInfo("ciede2000", "CIEDE2000", "Colour difference, mean over pixels.", -1),
        MetricInfo(
            "auc", "AuC of ab error (%)", "Area under the cumulative ab error, 0 to 150.", 1
        ),
        MetricInfo(
            "auc_rebalanced",
            "AuC of ab error, class-rebalanced (%)",
            "The same, each of 313 colour classes counting alike whatever its frequency.",
            1,
        ),
        MetricInfo("colorfulness", "Colourfulness", "M(3) of Hasler and Süsstrunk 2003."),
        MetricInfo(
            "colorfulness_bias",
            "ΔColourfulness, of means",
            "Mean colourfulness less the truth's; below 0 is duller.",
        ),
        MetricInfo(
            "colorfulness_error",
            "ΔColourfulness, mean of absolute",
            "Mean absolute difference from the truth's, photograph by photograph.",
            -1,
        ),
        MetricInfo(
            "cf",
            "CF of published tables",
            "Colourfulness with absolute opponent channels, as DDColor's code has it.",
        ),
        MetricInfo(
            "cf_bias",
            "ΔCF of published tables",
            "Mean CF less the truth's; tables leave out the sign.",
        ),
        MetricInfo("lpips", "LPIPS", "Learned perceptual distance, AlexNet, version 0.1.", -1, 4),
        MetricInfo("fid", "FID", "Fréchet distance of InceptionV3 features from the truth's.", -1),
    )
}
"""Every metric by its key, in the order of tables. `fid` is one of all photographs together."""

RANKING_METRICS = tuple(key for key, metric in METRICS.items() if metric.better and key != "fid")
"""Keys of the metrics by which photographs can be ranked."""
