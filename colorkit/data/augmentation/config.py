"""The augmentations of training photographs and their probabilities, as data."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random changes of a training photograph (the report's section 3); each is off by default.

    Rotation, flips and blur change the photograph, that is both input and target. Cutout and aging
    change the gray input only: the model must predict the colours of the holes, and those of the
    photograph before aging.

    Attributes:
        rotation: Probability of a rotation. The corners are filled by reflection.
        rotation_degrees: Greatest distance of an angle from `rotation_center`, in degrees.
        rotation_center: Middle of the angles, in degrees counter-clockwise.
        horizontal_flip: Probability of a left-right flip.
        vertical_flip: Probability of a top-bottom flip.
        blur: Probability of a Gaussian blur.
        blur_sigma: Least and greatest standard deviation of the blur, in pixels.
        cutout: Probability that holes are cut into the gray input, where L becomes 0.
        cutout_holes: Number of holes, which may overlap.
        cutout_size: Side of a hole, in pixels.
        aging: Probability of each sign of age: a tone curve, fading, grain, and, `SOFTENED` times
            as often, softness. `colorkit.data.augmentation.aging` has the amounts.

    Raises:
        ValueError: If a value is outside its range.

    Example:
        >>> augmentation = colorkit.Augmentation(rotation=0.5, horizontal_flip=0.5)
    """

    rotation: float = 0.0
    rotation_degrees: float = 30.0
    horizontal_flip: float = 0.0
    vertical_flip: float = 0.0
    blur: float = 0.0
    blur_sigma: tuple[float, float] = (0.5, 2.0)
    cutout: float = 0.0
    cutout_holes: int = 6
    cutout_size: int = 40
    aging: float = 0.0
    rotation_center: float = 0.0

    def __post_init__(self) -> None:
        for field in ("rotation", "horizontal_flip", "vertical_flip", "blur", "cutout", "aging"):
            probability = getattr(self, field)
            if not 0 <= probability <= 1:
                raise ValueError(
                    f"`{field}` must be a probability in [0, 1]. Received: {probability}"
                )
        if not 0 <= self.rotation_degrees <= 180:
            raise ValueError(
                f"`rotation_degrees` must be in [0, 180]. Received: {self.rotation_degrees}"
            )
        if not -360 <= self.rotation_center <= 360:
            raise ValueError(
                f"`rotation_center` must be in [-360, 360]. Received: {self.rotation_center}"
            )
        object.__setattr__(self, "blur_sigma", tuple(self.blur_sigma))
        if len(self.blur_sigma) != 2 or not 0 < self.blur_sigma[0] <= self.blur_sigma[1]:
            raise ValueError(
                "`blur_sigma` must be two numbers above 0, the smaller first. "
                f"Received: {self.blur_sigma}"
            )
        for field in ("cutout_holes", "cutout_size"):
            number = getattr(self, field)
            if number < 1:
                raise ValueError(f"`{field}` must be at least 1. Received: {number}")


REPORT_AUGMENTATION = Augmentation(
    rotation=0.5, horizontal_flip=0.5, vertical_flip=0.5, blur=0.2, cutout=0.5
)
"""The report's augmentations. It gives no probabilities, angles or widths: these are colorkit's;
those of the code that it links are `REPORT_CODE_AUGMENTATION`."""

REPORT_CODE_AUGMENTATION = Augmentation(
    rotation=0.5,
    rotation_center=200.0,
    rotation_degrees=100.0,
    horizontal_flip=0.5,
    vertical_flip=0.5,
    blur=0.5,
    blur_sigma=(5.0, 5.0),
    cutout=1.0,
)
"""The report's augmentations as the code of its model 1 states them (section 8): each half of the
time, cutout always, a rotation by 100 to 300 degrees, a blur of Pillow's radius 5, which is a
standard deviation. Departures: each photograph has an angle of its own, where that code draws one
for the whole training, and corners are reflected, not black."""
