"""Checks helm/pagemill: lints it, renders it with its own values and with each file in ci/, and holds every rendered
object against the Kubernetes schemas. The TOML in the rendered ConfigMaps must parse, and values that are typos must be
refused. Prints what is wrong; the exit code says whether anything is.

    python scripts/lint-helm.py      needs the Python packages that scripts/setup/lint-tools.sh installs
"""

import pathlib
import sys
import tomllib

import helm_python
import kubernetes_validate
import yaml

CHART = pathlib.Path(__file__).parent.parent / "helm" / "pagemill"
KUBERNETES = ["1.30", "1.34"]
# Kinds of other people's, for which Kubernetes has no schema.
FOREIGN = {"ScaledObject", "PodMonitor", "PrometheusRule"}
# Each must be refused: path, value.
REFUSED = [
    ("workers.replicas", 3),
    ("worker.replicas", -1),
    ("worker.scaling.by", "magic"),
    ("kafka.brokers", []),
    ("kafka.brokers", ["http://kafka"]),
    ("kafka.options", {"sasl.password": "in the clear"}),
    ("meilisearch.key", "in the clear"),
    ("sources.allowed", ["bucket/without/scheme"]),
    ("planner.replicas", 2),
    ("generator.model.file", "../../etc/passwd"),
]


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def objects(chart, values):
    rendered = chart.render(values, name="try", namespace="pagemill")
    for path, text in sorted(rendered.items()):
        if path.endswith(".txt"):
            continue
        for found in yaml.safe_load_all(text):
            if found:
                yield path, found


def check(chart, label, values):
    wrong = []
    report = helm_python.lint(str(CHART), values, namespace="pagemill", kube_version="v1.30.0")
    wrong += [f"{m['path']}: {m['error']}" for m in report["messages"] if m["severity"] >= 2]
    wrong += report["errors"]
    kinds = []
    try:
        rendered = list(objects(chart, values))
    except (helm_python.HelmError, yaml.YAMLError) as error:
        return kinds, [f"{label}: cannot be rendered: {error}"]
    for path, found in rendered:
        kind = found["kind"]
        name = f"{path}: {kind} {found['metadata']['name']}"
        kinds.append(kind)
        if kind == "ConfigMap":
            for file, text in found["data"].items():
                try:
                    tomllib.loads(text)
                except tomllib.TOMLDecodeError as error:
                    wrong.append(f"{name}: {file} is no TOML: {error}")
        if kind in FOREIGN:
            continue
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                wrong.append(f"{name}, Kubernetes {version}: {error.message}")
    return kinds, [f"{label}: {line}" for line in wrong]


def main():
    wrong, seen = [], set()
    with helm_python.Chart.load(CHART) as chart:
        for file in [None, *sorted(CHART.glob("ci/*.yaml"))]:
            values = yaml.safe_load(file.read_text()) if file else {}
            kinds, found = check(chart, file.name if file else "values.yaml", values)
            wrong += found
            seen.update(kinds)
            print(f"{file.name if file else 'values.yaml'}: {len(kinds)} objects")
        for kind in sorted(FOREIGN | {"HorizontalPodAutoscaler", "Ingress", "NetworkPolicy"}):
            if kind not in seen:
                wrong.append(f"no file in ci/ renders a {kind}")
        for path, value in REFUSED:
            try:
                chart.validate_schema(nested(path, value))
                wrong.append(f"{path} = {value!r} is taken; values.schema.json should refuse it")
            except helm_python.HelmError:
                pass
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
