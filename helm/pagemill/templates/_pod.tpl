{{/* pagemill.pod: the pod of a component. Secrets are references; the root cannot be written to; /tmp is memory of the node's disk. */}}
{{- define "pagemill.pod" -}}
{{- $values := .root.Values -}}
{{- $component := .component -}}
{{- $program := include "pagemill.program" . -}}
{{- $own := get $values $component -}}
{{- $image := $values.image -}}
{{- $onGpu := and (eq $component "generator") (gt (int $values.generator.gpu.count) 0) -}}
metadata:
  labels:
    {{- include "pagemill.labels" . | nindent 4 }}
  annotations:
    # a changed configuration is a changed pod
    checksum/config: {{ include "pagemill.config" . | sha256sum }}
    {{- with $own.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "pagemill.serviceAccount" .root }}
  automountServiceAccountToken: false
  {{- with $image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and $onGpu $values.generator.gpu.runtimeClassName }}
  runtimeClassName: {{ $values.generator.gpu.runtimeClassName }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $own.terminationGraceSeconds | default 40 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: {{ $component }}
      {{- $name := printf "%s-%s" $image.repository $program }}
      {{- if $onGpu }}
      {{- $name = $values.generator.gpu.image | default $name }}
      {{- end }}
      image: {{ printf "%s:%s" $name ($image.tag | default .root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ $image.pullPolicy }}
      args: ["--config", "/etc/pagemill/{{ $program }}.toml"]
      env:
        {{- if ne $component "generator" }}
        - name: PAGEMILL__CATALOG__URL
          valueFrom: { secretKeyRef: {{ toJson (pick $values.catalog.urlSecret "name" "key") }} }
        {{- with $values.s3.keysSecret }}
        {{- if .name }}
        - name: AWS_ACCESS_KEY_ID
          valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .accessKey }} } }
        - name: AWS_SECRET_ACCESS_KEY
          valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .secretKey }} } }
        {{- end }}
        {{- end }}
        {{- end }}
        {{- with $own.env | default (get $values $program).env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- if and (eq $program "worker") $values.indexer.enabled }}
        # a variable, so that extraConfig may have a table [ingest]
        - name: PAGEMILL__INGEST__ROLES
          value: {{ include "pagemill.roles" . | splitList " " | toJson | squote }}
        {{- end }}
      ports:
        - { name: http, containerPort: {{ include "pagemill.port" . }} }
        {{- if eq $component "generator" }}
        - { name: grpc, containerPort: 8614 }
        {{- end }}
      # Models are loaded before the first answer: up to five minutes.
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
      {{- if has $component (list "gateway" "generator") }}
      lifecycle:
        # until every node has heard that this one is going
        preStop: { sleep: { seconds: 5 } }
      {{- end }}
      resources:
        {{- $resources := deepCopy $own.resources }}
        {{- if $onGpu }}
        {{- $cards := dict "limits" (dict $values.generator.gpu.resource (int $values.generator.gpu.count)) }}
        {{- $resources = mergeOverwrite $resources $cards }}
        {{- end }}
        {{- toYaml $resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: config, mountPath: /etc/pagemill, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- if has $program (list "worker" "gateway") }}
        - { name: meilisearch-key, mountPath: /run/secrets/meilisearch, readOnly: true }
        {{- end }}
        {{- if and (has $program (list "planner" "worker")) $values.kafka.passwordSecret.name }}
        - { name: kafka-password, mountPath: /run/secrets/kafka, readOnly: true }
        {{- end }}
        {{- if and (eq $component "generator") $values.generator.model.claim }}
        - { name: model, mountPath: /opt/pagemill/models/generator, readOnly: true }
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ include "pagemill.name" .root }}-{{ $component }} }
    - name: tmp
      emptyDir: { sizeLimit: 2Gi }
    {{- if has $program (list "worker" "gateway") }}
    - name: meilisearch-key
      secret:
        secretName: {{ $values.meilisearch.keySecret.name }}
        items: [{ key: {{ $values.meilisearch.keySecret.key }}, path: key }]
    {{- end }}
    {{- if and (has $program (list "planner" "worker")) $values.kafka.passwordSecret.name }}
    - name: kafka-password
      secret:
        secretName: {{ $values.kafka.passwordSecret.name }}
        items: [{ key: {{ $values.kafka.passwordSecret.key }}, path: password }]
    {{- end }}
    {{- if and (eq $component "generator") $values.generator.model.claim }}
    - name: model
      persistentVolumeClaim: { claimName: {{ $values.generator.model.claim }}, readOnly: true }
    {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "pagemill.selector" . | nindent 10 }}
  {{- with $own.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
