from .exporter import (
    FORMATS as FORMATS,
    SUFFIXES as SUFFIXES,
    Export as Export,
    export_model as export_model,
)
