"""Option files: what they may say, and reading them."""

from classsr.options.reading import dump_options, load_options
from classsr.options.schema import (
    ClassifierOptions,
    CosineOptions,
    DatasetsOptions,
    GuardOptions,
    LoggerOptions,
    MultiStepOptions,
    PairOptions,
    ProtocolOptions,
    Section,
    TestOptions,
    TestPathOptions,
    TrainOptions,
    TrainPathOptions,
    TrainSetOptions,
    TrainStageOptions,
    ValOptions,
)

__all__ = [
    "ClassifierOptions",
    "CosineOptions",
    "DatasetsOptions",
    "GuardOptions",
    "LoggerOptions",
    "MultiStepOptions",
    "PairOptions",
    "ProtocolOptions",
    "Section",
    "TestOptions",
    "TestPathOptions",
    "TrainOptions",
    "TrainPathOptions",
    "TrainSetOptions",
    "TrainStageOptions",
    "ValOptions",
    "dump_options",
    "load_options",
]
