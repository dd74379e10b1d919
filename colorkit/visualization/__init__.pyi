from .augmentation_grid import draw_aging as draw_aging, draw_augmentations as draw_augmentations
from .backbone_stages import efficientnet_stages as efficientnet_stages
from .comparison_grid import draw_comparison as draw_comparison
from .model_diagram import draw_model_diagram as draw_model_diagram
from .notebook import (
    show_before_after as show_before_after,
    show_picture as show_picture,
    show_table as show_table,
)
