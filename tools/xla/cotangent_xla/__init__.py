"""Runs what Cotangent's `io.exportStableHlo` and `deno task export` write, on whatever devices JAX finds.

>>> import cotangent_xla
>>> step = cotangent_xla.load("out/step.mlir")          # doctest: +SKIP
>>> result = step(params, state, pixels, labels)        # doctest: +SKIP
"""

from .artefact import Artefact, ArtefactError, load

__all__ = ["Artefact", "ArtefactError", "load"]
