{{- define "mindird.selector" -}}
app.kubernetes.io/name: mindird
app.kubernetes.io/component: {{ ternary "gpu" "cpu" .Values.gpu.enabled }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mindird.labels" -}}
{{ include "mindird.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "mindird.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{- define "mindird.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "mindird.mounts" -}}
- {name: servables, mountPath: /servables, readOnly: true}
- {name: cache, mountPath: /cache}
- {name: tmp, mountPath: /tmp}
{{- end }}
