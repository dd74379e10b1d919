from .flicker import chroma_flicker as chroma_flicker
from .formats import (
    VideoError as VideoError,
    is_video as is_video,
)
from .video_colorizer import colorize_video as colorize_video
