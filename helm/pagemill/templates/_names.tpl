{{/* pagemill.name: of everything in this release. */}}
{{- define "pagemill.name" -}}
{{- if contains "pagemill" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-pagemill" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pagemill.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "pagemill.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* pagemill.selector: (dict "root" $ "component" "worker") */}}
{{- define "pagemill.selector" -}}
app.kubernetes.io/name: pagemill
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "pagemill.labels" -}}
{{ include "pagemill.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* pagemill.components: each is a Deployment, and a section of the values. Words with blanks between them. */}}
{{- define "pagemill.components" -}}
planner worker {{ if .Values.indexer.enabled }}indexer {{ end }}gateway generator
{{- end -}}

{{/* pagemill.program: what a component runs. Image, port and the name of the configuration file go by it. */}}
{{- define "pagemill.program" -}}
{{- get (dict "indexer" "worker") .component | default .component -}}
{{- end -}}

{{/* pagemill.roles: the halves of the work that a component takes, with blanks between them; nothing where it is no worker. */}}
{{- define "pagemill.roles" -}}
{{- if eq .component "indexer" -}}
index
{{- else if eq .component "worker" -}}
read{{ if not .root.Values.indexer.enabled }} index{{ end }}
{{- end -}}
{{- end -}}

{{/* pagemill.port: of health and metrics. */}}
{{- define "pagemill.port" -}}
{{- get (dict "planner" "8611" "worker" "8612" "gateway" "8600" "generator" "8613") (include "pagemill.program" .) -}}
{{- end -}}
