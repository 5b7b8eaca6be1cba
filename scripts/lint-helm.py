"""Checks helm/pagemill: lints it, renders it with its own values and with each file in ci/, and holds every rendered
object against the Kubernetes schemas. The TOML in the rendered ConfigMaps must parse, each half of the work must be taken
by somebody who is scaled by what waits for it, and values that are typos must be refused. Prints what is wrong; the exit
code says whether anything is.

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
# The variable that gives a worker its roles, as crates/runtime reads a list: TOML. Without it a worker takes both.
ROLES = "PAGEMILL__INGEST__ROLES"
TOGETHER = {"worker": ["read", "index"]}
APART = {"worker": ["read"], "indexer": ["index"]}
# What waits for a role: topic and group, behind the names in the values.
LANES = {"read": {("", ""), (".large", "-large")}, "index": {(".index", "-index")}}
# Each must be refused: path, value.
REFUSED = [
    ("workers.replicas", 3),
    ("worker.replicas", -1),
    ("worker.scaling.by", "magic"),
    ("indexer.replica", 3),
    ("indexer.scaling.by", "magic"),
    ("indexer.scaling.lagPerIndexer", 3),
    ("kafka.brokers", []),
    ("kafka.brokers", ["http://kafka"]),
    ("kafka.options", {"sasl.password": "in the clear"}),
    ("kafka.consumerOptions", {"sasl.password": "in the clear"}),
    ("meilisearch.key", "in the clear"),
    ("sources.allowed", ["bucket/without/scheme"]),
    ("planner.replicas", 2),
    ("generator.model.file", "../../etc/passwd"),
    ("generator.conversations", 65),
    ("generator.gpu.count", -1),
    ("generator.gpu.resource", "gpu"),
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


def component(found):
    return found["metadata"]["labels"]["app.kubernetes.io/component"]


def workers(rendered):
    """The roles of each Deployment that runs the worker, by component."""
    for found in rendered:
        if found["kind"] != "Deployment":
            continue
        container = found["spec"]["template"]["spec"]["containers"][0]
        roles = [variable["value"] for variable in container["env"] or [] if variable["name"] == ROLES]
        if "-worker:" in container["image"]:
            yield component(found), tomllib.loads(f"roles = {roles[-1]}")["roles"] if roles else TOGETHER["worker"]
        elif roles:
            yield component(found), f"{ROLES} = {roles}, and is no worker"


def wrong_roles(rendered, values):
    """What is wrong with who takes which half, and with what each is scaled by."""
    wanted = APART if values.get("indexer", {}).get("enabled") else TOGETHER
    found = dict(workers(rendered))
    if found != wanted:
        yield f"roles are {found}; they should be {wanted}"
    for scaled in (scaled for scaled in rendered if scaled["kind"] == "ScaledObject"):
        lanes = {("pagemill.tasks" + topic, "pagemill-workers" + group)
                 for role in wanted[component(scaled)] for topic, group in LANES[role]}
        metadata = [trigger["metadata"] for trigger in scaled["spec"]["triggers"]]
        triggers = {(trigger["topic"], trigger["consumerGroup"]) for trigger in metadata}
        if triggers != lanes:
            yield f"{scaled['metadata']['name']} is scaled by {sorted(triggers)}; it should be by {sorted(lanes)}"


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
    wrong += wrong_roles([found for _, found in rendered], values)
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
