from .exporter import (
    FORMATS as FORMATS,
    SUFFIXES as SUFFIXES,
    Export as Export,
    export_model as export_model,
)
from .publish import (
    Publication as Publication,
    publish_model as publish_model,
)
