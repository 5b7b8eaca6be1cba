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

{{/* pagemill.port: of health and metrics. */}}
{{- define "pagemill.port" -}}
{{- get (dict "planner" "8611" "worker" "8612" "gateway" "8600" "generator" "8613") .component -}}
{{- end -}}
