"""The metrics that the source declares, found without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGES = ("runtime", "producers", "processors", "sinks", "local", "review", "earshot")
KINDS = ("Counter", "Gauge", "Histogram")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, by the name under which Prometheus sees it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]

    @property
    def series(self) -> set[str]:
        """The names of its series."""
        if self.kind == "Histogram":
            return {f"{self.name}_{end}" for end in ("bucket", "sum", "count")}
        return {self.name}


def declared_metrics() -> dict[str, Metric]:
    """Every metric in our packages, by name."""
    files = (file for package in PACKAGES for file in (PROJECT / package).rglob("*.py"))
    return {metric.name: metric for file in files for metric in _metrics_in(file)}


def _metrics_in(file: Path) -> Iterator[Metric]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if texts and isinstance(texts[0], str):
                yield _metric(node, node.func.id, [str(text) for text in texts])


def _metric(node: ast.Call, kind: str, texts: list[str]) -> Metric:
    labels = next((argument for argument in node.args if isinstance(argument, ast.List | ast.Tuple)), None)
    names = tuple(ast.literal_eval(labels)) if labels is not None else ()
    name = texts[0].removesuffix("_total") + "_total" if kind == "Counter" else texts[0]
    return Metric(name, kind, texts[1], names)
