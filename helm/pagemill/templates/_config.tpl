{{/* pagemill.config: the TOML file of a component. Strings go through toJson: TOML's basic strings are JSON's. */}}
{{- define "pagemill.config" -}}
{{- $values := .root.Values -}}
{{- $component := .component -}}
{{- $program := include "pagemill.program" . -}}
{{- $own := get $values $component -}}
{{- if eq $component "gateway" }}
[gateway]
address = "0.0.0.0:8600"
allowed_hosts = {{ toJson $values.gateway.allowedHosts }}
answers_at_once = {{ max 8 (mul $values.generator.conversations $values.generator.replicas) }}
{{- else if eq $component "generator" }}
[server]
address = "0.0.0.0:8614"
http_address = "0.0.0.0:8613"

[generator]
model = {{ printf "/opt/pagemill/models/generator/%s" $values.generator.model.file | toJson }}
device = {{ ternary "gpu" "cpu" (gt (int $values.generator.gpu.count) 0) | quote }}
conversations = {{ $values.generator.conversations }}

[embedder]
model = "/opt/pagemill/models/multilingual-e5-small"
library = "/opt/pagemill/lib/libonnxruntime.so"
{{- else }}
[ops]
address = "0.0.0.0:{{ include "pagemill.port" . }}"
{{- end }}

{{- if ne $component "generator" }}

[s3]
{{- with $values.s3.endpoint }}
endpoint = {{ toJson . }}
{{- end }}
region = {{ toJson $values.s3.region }}
path_style = {{ $values.s3.pathStyle }}
{{- range $values.sources.allowed }}

[[sources.allowed]]
prefix = {{ toJson . }}
{{- end }}
{{- end }}

{{- if has $program (list "planner" "worker") }}

[kafka]
brokers = {{ join "," $values.kafka.brokers | toJson }}
tasks_topic = {{ toJson $values.kafka.tasksTopic }}
large_tasks_topic = {{ printf "%s.large" $values.kafka.tasksTopic | toJson }}
index_tasks_topic = {{ printf "%s.index" $values.kafka.tasksTopic | toJson }}
dead_letter_topic = {{ toJson $values.kafka.deadLetterTopic }}
{{- if eq $component "planner" }}
{{- with $values.kafka.eventsTopic }}
events_topic = {{ toJson . }}
{{- end }}
{{- end }}
group = {{ toJson $values.kafka.group }}
partitions = {{ $values.kafka.partitions }}
replication = {{ $values.kafka.replication }}
{{- if $values.kafka.passwordSecret.name }}
password_file = "/run/secrets/kafka/password"
{{- end }}

[kafka.options]
"client.id" = "pagemill-{{ $component }}"
{{- range $name, $value := $values.kafka.options }}
{{ toJson $name }} = {{ $value | toString | toJson }}
{{- end }}
{{- with $values.kafka.consumerOptions }}

[kafka.consumer_options]
{{- range $name, $value := . }}
{{ toJson $name }} = {{ $value | toString | toJson }}
{{- end }}
{{- end }}
{{- end }}

{{- if has $program (list "worker" "gateway") }}

[meilisearch]
urls = {{ toJson $values.meilisearch.urls }}
key_file = "/run/secrets/meilisearch/key"
index = {{ toJson $values.meilisearch.index }}

[artifacts]
url = {{ toJson $values.artifacts.url }}
{{- end }}

{{- if eq $component "gateway" }}

[generator.service]
url = "http://{{ include "pagemill.name" .root }}-generator:8614"

[embedder.service]
url = "http://{{ include "pagemill.name" .root }}-generator:8614"
{{- end }}

[log]
level = {{ toJson $values.log.level }}
format = "json"
{{- with $own.extraConfig | default (get $values $program).extraConfig }}

{{ . }}
{{- end }}
{{- end -}}
