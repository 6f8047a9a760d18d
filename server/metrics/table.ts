// Every metric once: name, type, labels, help. The ledger keeps what is counted of calls, series.ts shows it with what else is known of a
// version, process.ts has the numbers of the process; docs/METRICS.md is generated from here.

import type { Family } from './exposition/exposition.ts';

export interface MetricSpec extends Family {
  readonly labels: readonly string[];
}

/** Upper bounds of the histogram of builds in seconds, 10 ms to an hour. */
export const buildBounds: readonly number[] = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Metrics of each version, written by series.ts; of servables that no version serves only those that say so. */
export const modelMetrics = {
  requests: {
    name: 'mindird_requests_total',
    type: 'counter',
    labels: ['model', 'version', 'code'],
    help: 'Ended inferences by code: OK or a key of the error table. version is empty where no version took the request.',
  },
  duration: {
    name: 'mindird_request_duration_seconds',
    type: 'histogram',
    labels: ['model', 'version'],
    help: 'Time from the first byte of a request to the end of its call, of requests that succeeded.',
  },
  stage: {
    name: 'mindird_request_stage_duration_seconds',
    type: 'histogram',
    labels: ['model', 'version', 'stage'],
    help: 'The parts of request_duration_seconds: decode, queue, copy, compute, encode.',
  },
  deviceStage: {
    name: 'mindird_device_stage_duration_seconds',
    type: 'histogram',
    labels: ['model', 'version', 'stage'],
    help: 'Parts of the stage compute on a device: host_dispatch (copies and calls of the host up to waiting), to_device, compute, to_host (by events on the device). Of a sample: of one run in sixteen, and of those whose requests ask for times. There only when a model runs on a device.',
  },
  methodStage: {
    name: 'mindird_method_stage_duration_seconds',
    type: 'histogram',
    labels: ['model', 'version', 'method', 'stage'],
    help: "Stages of a servable's methods (servable_config.mjs), from the end of the stage before to their own, waiting included, of requests that succeeded.",
  },
  batch: {
    name: 'mindird_batch_size',
    type: 'histogram',
    labels: ['model', 'version'],
    help: 'Rows of each execution, without padding.',
  },
  answers: {
    name: 'mindird_response_cache_lookups_total',
    type: 'counter',
    labels: ['model', 'version', 'result'],
    help: 'Requests looked up in the cache of answers (model.response_cache): hit, or miss, which was computed. There from the first on.',
  },
  inFlight: {
    name: 'mindird_requests_in_flight',
    type: 'gauge',
    labels: ['model', 'version'],
    help: 'Requests submitted and not answered.',
  },
  queueDepth: {
    name: 'mindird_queue_depth',
    type: 'gauge',
    labels: ['model', 'version', 'line'],
    help: 'Requests waiting for an instance: in the queue, or delayed, that is waiting for room in it, where batching.when_full is delay.',
  },
  memory: {
    name: 'mindird_memory_bytes',
    type: 'gauge',
    labels: ['model', 'version', 'kind'],
    help: 'Memory of a model, what its plans share once: constants (as the model has them), packed (weights as engines lay them out), arenas (working memory of the instances), kernels (what oneDNN keeps for them: code and descriptions, an estimate), device (weights and contexts on a device, where it uses one).',
  },
  load: {
    name: 'mindird_model_load_duration_seconds',
    type: 'gauge',
    labels: ['model', 'version', 'stage'],
    help: 'How long the last load took: total, and each stage the native report names.',
  },
  build: {
    name: 'mindird_engine_build_duration_seconds',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'Time the last load spent building engines, zero when all came from the cache.',
  },
  nodes: {
    name: 'mindird_partition_nodes',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'Nodes of the optimised graph by the engine that runs them.',
  },
  fallbacks: {
    name: 'mindird_engine_fallbacks',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'Subgraphs this engine took and could not build, so that another one runs them.',
  },
} as const;

/** Metrics of each servable that has an objective, whether any version of it is ready or not. */
export const servableMetrics = {
  slo: {
    name: 'mindird_slo_requests_total',
    type: 'counter',
    labels: ['model', 'good'],
    help: "Requests within (good=true) and outside the servable's slo.latency; failures of the server are bad, mistakes of the caller are not counted.",
  },
  sloLatency: {
    name: 'mindird_slo_latency_seconds',
    type: 'gauge',
    labels: ['model'],
    help: "The servable's slo.latency.",
  },
  sloObjective: {
    name: 'mindird_slo_objective_ratio',
    type: 'gauge',
    labels: ['model'],
    help: "The servable's slo.objective.",
  },
  sloWindow: {
    name: 'mindird_slo_window_seconds',
    type: 'gauge',
    labels: ['model'],
    help: "The servable's slo.window.",
  },
} as const;

/** Metrics of the process; those that prom-client brings along (process_…, nodejs_…) are not listed. */
export const processMetrics = {
  modelState: {
    name: 'mindird_model_state',
    type: 'gauge',
    labels: ['model', 'version', 'state'],
    help: '1 for the state a version is in: new, loading, ready, draining, unloading or failed.',
  },
  calls: {
    name: 'mindird_calls_total',
    type: 'counter',
    labels: ['method', 'code'],
    help: 'Ended calls of any method by the code the caller saw, those refused before they were read included; method is other for paths that are not served.',
  },
  loadFailures: {
    name: 'mindird_model_load_failures_total',
    type: 'counter',
    labels: ['model', 'code'],
    help: 'Loads that failed.',
  },
  cache: {
    name: 'mindird_engine_cache_total',
    type: 'counter',
    labels: ['engine', 'result'],
    help: 'Where engines came from: the cache (hit), a build (miss, invalid: a file that did not verify, disabled) or the model file itself (embedded).',
  },
  builds: {
    name: 'mindird_engine_subgraph_build_duration_seconds',
    type: 'histogram',
    labels: ['engine', 'result'],
    help: 'Attempts of an engine to build a subgraph: built, or failed so that another engine runs it. What the cache held is not built.',
  },
  backgroundBuilds: {
    name: 'mindird_engine_background_builds_total',
    type: 'counter',
    labels: ['model', 'result'],
    help: 'Builds that went on while the model served: swapped, or failed so that the first engines stay.',
  },
  buildFraction: {
    name: 'mindird_engine_build_progress_ratio',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'Share of a running build that is done; there only while it runs.',
  },
  buildSubgraph: {
    name: 'mindird_engine_build_subgraph',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'Which subgraph a running build is at, from 1.',
  },
  buildSubgraphs: {
    name: 'mindird_engine_build_subgraphs',
    type: 'gauge',
    labels: ['model', 'version', 'engine'],
    help: 'How many subgraphs the plan has that is being built.',
  },
  deviceMemory: {
    name: 'mindird_device_memory_bytes',
    type: 'gauge',
    labels: ['device', 'kind'],
    help: 'Memory of the device that models run on: used (by all processes) and total. There only when a model runs on a device.',
  },
  connections: { name: 'mindird_connections', type: 'gauge', labels: [], help: 'gRPC connections open.' },
  connectionEvents: {
    name: 'mindird_connection_events_total',
    type: 'counter',
    labels: ['event'],
    help: 'What happened to connections, the last two of both ports, the others of the gRPC port: opened, refused (server.max_connections), goaway_sent (server.connection_age), goaway_received, aged_out (cut when server.connection_grace was over), failed (a broken peer, or more resets than server.max_resets), plain_text (to a port with TLS), tls_failed (no handshake: versions, the certificate of the client, or that of the server refused by it).',
  },
  certificateEnd: {
    name: 'mindird_tls_certificate_end_timestamp_seconds',
    type: 'gauge',
    labels: ['fingerprint'],
    help: 'When the certificate in use expires, in seconds since the epoch. There only with TLS.',
  },
  certificateReads: {
    name: 'mindird_tls_certificate_reads_total',
    type: 'counter',
    labels: ['result'],
    help: 'Certificates read because their files changed, and at the start: loaded, or refused, which leaves the one before in use.',
  },
  keyReads: {
    name: 'mindird_key_file_reads_total',
    type: 'counter',
    labels: ['result'],
    help: 'Readings of access.keys because it changed, and at the start: loaded, or refused, which leaves the keys before in use.',
  },
  bytesInFlight: {
    name: 'mindird_request_bytes_in_flight',
    type: 'gauge',
    labels: [],
    help: 'Bytes of request and reply messages held.',
  },
  lag: {
    name: 'mindird_event_loop_delay_seconds',
    type: 'histogram',
    labels: [],
    help: 'How late the event loop was, seen at least once a second.',
  },
  busy: {
    name: 'mindird_event_loop_busy_seconds_total',
    type: 'counter',
    labels: [],
    help: 'Time the event loop was not waiting.',
  },
  reloadSuccess: {
    name: 'mindird_config_last_reload_success',
    type: 'gauge',
    labels: [],
    help: '1 when the last (re)load of the configuration succeeded.',
  },
  reloadTime: {
    name: 'mindird_config_last_reload_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the configuration in force was loaded.',
  },
  build: {
    name: 'mindird_build_info',
    type: 'gauge',
    labels: ['version', 'node', 'engines'],
    help: 'Always 1; what runs.',
  },
  scrape: {
    name: 'mindird_scrape_duration_seconds',
    type: 'gauge',
    labels: [],
    help: 'Time the scrape before this one took.',
  },
} as const;
