"""Colours a picture of any size and keeps its lightness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike, NDArray

from colorkit.inference.borders import enlarge_within, find_content
from colorkit.inference.chroma_upsampling import ChromaEnlarger, resample
from colorkit.inference.hints import HintLike, check_hints, hold_all
from colorkit.inference.lightness import ColoredPixels, lightness_of, row_strips
from colorkit.inference.opened_model import OpenedModel
from colorkit.inference.pictures import (
    ColorizedPicture,
    PredictedColor,
    PreparedPicture,
    check_picture,
    check_pictures,
)

if TYPE_CHECKING:
    from colorkit.inference.control.guided_colorizer import GuidedColorizer
    from colorkit.inference.control.looks import Look
    from colorkit.inference.control.palettes import Palette, PaletteLike


class Colorizer(OpenedModel):
    """Colours pictures of any size with one model.

    The model's input is a small copy of each picture. Its a and b are upsampled along the edges
    of the full-size lightness (`inference.chroma_upsampling`), and the picture's own CIE L is kept,
    up to the rounding of the pixels: chroma is reduced where sRGB cannot hold both
    (`inference.lightness`). A colour picture is coloured from its lightness alone. Of a scan, the
    model's input is the photograph without its border, which stays gray (`inference.borders`).
    Pictures longer than 4 : 1 are shown in overlapping tiles (`inference.tiles`).

    Pictures with hints, colours that a user gives at some points, are coloured by a model that
    takes them: for the default model its companion colorkit_hints, loaded with the first hints.

    Args:
        model: `"colorkit_base"`; the path of a `.keras` file, of the folder of a training run, or
            of a `.onnx` or `.tflite` file that `colorkit.export_model` wrote; `"hf://owner/name"`
            for a model on the Hugging Face Hub; or a `keras.Model` that meets
            `colorkit.models.contract`.
        size: Int, pixels of the picture's shorter side as the model sees it (beyond 256 : 1,
            fewer). `None` means 192. Models of one input size take no other.
        saturation: Float from 0 (gray) to 10, by which a and b are multiplied.
        style: `"faithful"` (nearest to the truth on average, pale), `"vivid"` (as colourful as
            photographs are, and daring) or `"balanced"` (between them), for models that classify
            colour, as the default one does. `None` means the model's own, which for the default
            one is balanced.
        precision: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the faster of the two on this
            machine. Exported models have their own.
        runtime: `"keras"`, `"onnx"` or `"litert"`: what runs the model. `None` goes by the
            suffix of the path. With `"onnx"`, `"colorkit_base"` and the path of a `.keras` file
            stand for the `.onnx` file beside it; with `"litert"`, for the `.tflite` one. Only
            Keras needs TensorFlow or another backend.

    Attributes:
        model: The `keras.Model`: L of shape `(B, H, W, 1)` in [0, 100] to ab / 128 or RGB.
            `None` where another runtime runs it.
        styles: Tuple of the names of the styles that the model can colour in; empty for one that
            has only its own.

    Raises:
        ValueError: If an argument is not one of these.
        ImportError: If the runtime is not installed.

    It can be pickled and deep-copied: by its arguments, so that the copy loads the model anew.

    Example:
        >>> colorizer = Colorizer()
        >>> rgb = colorizer.colorize(gray)  # (H, W) uint8 -> (H, W, 3) uint8
    """

    def colorize(
        self,
        image: ArrayLike,
        hints: Iterable[HintLike] | None = None,
        *,
        reference: ArrayLike | Sequence[ArrayLike] | None = None,
        palette: PaletteLike | Palette | None = None,
        look: str | Look | None = None,
        mask: ArrayLike | None = None,
        keep_color: bool = False,
    ) -> NDArray[Any]:
        """Colours one picture.

        Args:
            image: Array of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)` in sRGB: uint8, uint16, or
                float in [0, 1].
            hints: Sequence of `colorkit.Hint`s, or of tuples `(x, y, "#rrggbb")`: colours at
                points of the picture, of which hue and chroma count (the lightness is the
                picture's own). `None` for none.
            reference: Colour picture, or a sequence of several: what the picture shows as they do
                takes their colour (`inference.control.matching`).
            palette: Colours such as `"#c02020,#2040b0"`, or a colour picture, that the result tends
                to; or what `colorkit.inference.make_palette` makes of them with a strength.
            look: Look of an old process, `"autochrome"`, `"kodachrome"` or `"hand-tinted"`, or a
                `colorkit.inference.Look` of it with a strength.
            mask: Array of shape `(H, W)`, white (or 1) where the picture stays as it is.
            keep_color: Whether colour that the picture has already stays, as of a hand-tinted
                print. The rest is coloured to suit it.

        Returns:
            RGB array of shape `(H, W, 3)` and the dtype of `image`.

        Raises:
            ValueError: If `image` is not such an array, a hint lies outside of it, or a control is
                wrong or not taken by the model; the message has all that is wrong with these.
            MemoryError: If memory does not suffice even for the smallest view of the picture.

        Example:
            >>> colorizer = colorkit.Colorizer()
            >>> rgb = colorizer.colorize(gray, [(40, 30, "#c02020")])
        """
        image = check_picture(image)
        guided = self.with_controls(
            image.shape[:2],
            reference=reference,
            palette=palette,
            look=look,
            mask=mask,
            keep_color=keep_color,
        )
        if guided is not self:
            return guided.colorize(image, hints)
        prepared = self.prepare(image, hints)
        return self.finish(prepared, self.predict([prepared])[0]).pixels

    def colorize_variants(
        self, image: ArrayLike, number: int = 4, hints: Iterable[HintLike] | None = None
    ) -> list[NDArray[Any]]:
        """Colours one picture in several plausible ways.

        Args:
            image: A picture as `colorize` takes it.
            number: Int from 2 to 8.
            hints: Hints as `colorize` takes them, which all variants have.

        Returns:
            List of RGB arrays: first the picture that `colorize` returns; then variants in which
            each region takes one of its likely colours, from cold to warm.

        Raises:
            ValueError: If an argument is not such, or the model is not the default one, run by
                Keras.
        """
        from colorkit.inference.control.variants import VariantMaker, check_number

        number = check_number(number)
        maker = VariantMaker(self.insight)
        prepared = self.prepare(image, hints)
        varied = [prepared, *maker.vary(prepared, number - 1)]
        colors = self.predict(varied)
        return [self.finish(*both).pixels for both in zip(varied, colors, strict=True)]

    def with_controls(
        self, picture_size: tuple[int, ...] = (), **controls: Any
    ) -> Colorizer | GuidedColorizer:
        """Returns what colours all pictures under the same controls.

        Args:
            picture_size: `(H, W)` of the pictures. Only a mask needs it.
            **controls: `reference`, `palette`, `look`, `mask` and `keep_color`, as `colorize` takes
                them.

        Returns:
            An object with the `colorize`, `prepare`, `predict` and `finish` of this one: itself
            where there is no control.

        Raises:
            ValueError: As `colorize`.
        """
        if all(control is None or control is False for control in controls.values()):
            return self
        from colorkit.inference.control.controls import check_controls
        from colorkit.inference.control.guided_colorizer import GuidedColorizer

        return GuidedColorizer(self, check_controls(self, picture_size, **controls))

    def colorize_batch(self, images: Iterable[ArrayLike]) -> list[NDArray[Any]]:
        """Colours several pictures of any sizes, batching those of one input shape.

        Args:
            images: Iterable of pictures as `colorize` takes them, or one array of shape
                `(B, H, W, 1)` or `(B, H, W, 3)`.

        Returns:
            List of RGB arrays, in the order of `images`.

        Raises:
            ValueError: If one of `images` is not such an array.
        """
        return [picture.pixels for picture in self.colorize_in_detail(images)]

    def colorize_in_detail(self, images: Iterable[ArrayLike]) -> list[ColorizedPicture]:
        """Colours several pictures and returns details of each.

        Args:
            images: Iterable of pictures as `colorize` takes them.

        Returns:
            List of `ColorizedPicture`, in the order of `images`.

        Raises:
            ValueError: If one of `images` is not such an array.
        """
        prepared = [self.prepare(image) for image in check_pictures(images)]
        colors = self.predict(prepared)
        return [self.finish(*both) for both in zip(prepared, colors, strict=True)]

    def prepare(
        self, image: ArrayLike, hints: Iterable[HintLike] | None = None, *, find_border: bool = True
    ) -> PreparedPicture:
        """Prepares a picture for the model: the first of the three steps of colouring.

        The first and the last step may run on other threads than `predict`, at the same time.

        Args:
            image: A picture as `colorize` takes it.
            hints: Hints as `colorize` takes them.
            find_border: Whether to leave a border gray, as `colorize` does. Otherwise, and with a
                hint on the border, all of the picture is coloured.

        Returns:
            A `PreparedPicture`.

        Raises:
            ValueError: If `image` is not such an array, a hint lies outside of it, or the model
                takes no hints.
        """
        image = check_picture(image)
        hints = check_hints(hints, image.shape[:2])
        if hints:
            self._hinted.check()
        lightness = lightness_of(image)
        content = slice(0, image.shape[0]), slice(0, image.shape[1])
        if find_border:
            found = find_content(lightness)
            if hold_all(found, hints):
                content = found
        return self._predictor.prepare(lightness, image.dtype, content, self._size, hints)

    def predict(self, prepared: Sequence[PreparedPicture]) -> list[PredictedColor]:
        """Runs the model: the second of the three steps of colouring.

        Args:
            prepared: List of what `prepare` returned. Those of one `input_shape` are run
                together.

        Returns:
            List of `PredictedColor`, in the order of `prepared`.

        Raises:
            MemoryError: If memory does not suffice even for the smallest view of a picture.
        """
        return self._predictor.predict(prepared, self._size)

    def finish(self, prepared: PreparedPicture, color: PredictedColor) -> ColorizedPicture:
        """Upsamples the colour to a picture's own size: the last of the three steps of colouring.

        Args:
            prepared: What `prepare` returned.
            color: The `PredictedColor` of it.

        Returns:
            A `ColorizedPicture`.
        """
        lightness, ab = prepared.lightness, color.ab
        content = lightness[prepared.content]
        small_lightness = resample(content, ab.shape[:2])
        enlarger = ChromaEnlarger(ab * self._saturation, small_lightness, content.shape)
        picture = ColoredPixels(lightness.shape, prepared.dtype.newbyteorder("="))
        for rows in row_strips(*lightness.shape):
            a, b = enlarge_within(prepared.content, enlarger, rows, lightness[rows])
            picture.fill_rows(rows, lightness[rows], a, b)
        pixels, out_of_gamut = picture.finish()
        return ColorizedPicture(pixels, color.input_size, out_of_gamut)
