"""Prometheus and Grafana ask for metrics that really exist, of stages that really run."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.declared_metrics import declared_metrics
from tests.unit.deploy.test_compose import COMPOSE, OURS, SERVICES

DEPLOY = Path(__file__).parents[3] / "deploy"
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "earshot.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
EXPRESSIONS = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
EXPRESSIONS += [(rule["alert"], rule["expr"]) for rule in RULES]
METRICS = declared_metrics()
SERIES = {series: metric for metric in METRICS.values() for series in metric.series}


def test_metrics_are_declared_under_one_prefix() -> None:
    assert len(METRICS) > 20
    assert all(name.startswith("earshot_") for name in METRICS)


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_an_expression_asks_for_metrics_that_exist(where: str, expression: str) -> None:
    asked = re.findall(r"\bearshot_\w+", expression)
    assert set(asked) <= set(SERIES)
    assert asked or re.search(r'\b(up|process_\w+)\{job="earshot(-capture)?"', expression)
    assert expression.count("(") == expression.count(")")


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_an_expression_groups_by_labels_that_exist(where: str, expression: str) -> None:
    labels = {label for name in re.findall(r"\bearshot_\w+", expression) for label in SERIES[name].labels}
    asked = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
    assert asked <= labels | {"le", "stage", "instance"}


def test_every_metric_of_a_stage_is_on_the_board() -> None:
    shown = {SERIES[name].name for _, expression in EXPRESSIONS for name in re.findall(r"\bearshot_\w+", expression)}
    producers = {name for name in METRICS if name.startswith("earshot_capture_")}
    told_elsewhere = {
        "earshot_segmenter_frames_total",  # the same as its seconds of audio
        "earshot_segmenter_evicted_streams_total",
        "earshot_segmenter_vad_seconds",
        "earshot_segmenter_open_utterances",
        "earshot_glossary_correction_seconds",
        "earshot_terms_in_force",
        "earshot_transcriber_hotwords_left_out",
        "earshot_transcriber_interims_total",
    }
    assert set(METRICS) - shown - producers == told_elsewhere


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_prometheus_asks_every_stage_at_its_port() -> None:
    job = PROMETHEUS["scrape_configs"][0]
    found = job["dns_sd_configs"][0]
    assert set(found["names"]) == set(OURS)
    assert found["port"] == 9400


def test_captures_are_asked_that_are_named_in_a_file() -> None:
    (job,) = [job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "earshot-capture"]
    (pattern,) = job["file_sd_configs"][0]["files"]
    files = list((DEPLOY / "prometheus").glob(pattern))
    assert files
    assert all(yaml.safe_load(file.read_text()) == [] for file in files)
    assert any('up{job="earshot-capture"}' in rule["expr"] for rule in RULES)


def test_clickhouse_answers_prometheus_where_it_asks() -> None:
    (target,) = PROMETHEUS["scrape_configs"][1]["static_configs"][0]["targets"]
    assert f"<port>{target.split(':')[1]}</port>" in (DEPLOY / "clickhouse" / "metrics.xml").read_text()


def test_alert_files_are_found() -> None:
    for name in PROMETHEUS["rule_files"]:
        assert (DEPLOY / "prometheus" / name).is_file()
    for rule in RULES:
        assert rule["annotations"]["what_to_do"]


def test_grafana_finds_its_board_and_its_data() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "earshot.yml").read_text())["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert any(item.endswith(f":{port}") for item in SERVICES[host]["ports"])
    assert {panel["datasource"]["uid"] for panel in PANELS} == {source["uid"]}
    assert set(SERVICES["grafana"]["depends_on"]) == {"prometheus"}
    assert "grafana" in COMPOSE["volumes"]
