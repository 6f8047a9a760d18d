// LogSettings and TraceSetting: the settings of the running server in the words of Triton. What has no meaning here can be asked for
// and not be changed.

import type { LogLevel } from '../../errors.ts';
import { ServingError } from '../../errors.ts';
import type { ModelDirectory } from '../../model/served.ts';
import { quote } from '../../util/text.ts';
import type { UnaryMethod } from '../protocol.ts';
import { smallCall } from './small-call.ts';

/** What may be changed while the server runs. */
export interface RunningSettings {
  logLevel(): LogLevel;
  /** Of the configuration. */
  readonly configuredLogLevel: LogLevel;
  /** Share of the calls that begin a trace; undefined where tracing is not configured. */
  sampling(): number | undefined;
  readonly configuredSampling: number;
  setLogLevel(level: LogLevel): void;
  setSampling(share: number): void;
  /** Why nothing may be changed by these calls; undefined where it may. */
  readonly locked: string | undefined;
}

/** The two methods. */
export function settingsCalls(settings: RunningSettings, models: ModelDirectory): UnaryMethod[] {
  return [
    smallCall<LogRequest>('LogSettings', { group: 'admin', about: () => '' }, ({ settings: asked }) => ({
      settings: askLog(settings, asked),
    })),
    smallCall<TraceRequest>(
      'TraceSetting',
      { group: 'admin', about: (asked) => asked.model_name },
      ({ settings: asked, model_name: model }) => ({ settings: askTrace(settings, models, asked, model) }),
    ),
  ];
}

/** Changes what is asked, if anything, and tells the settings of the log. */
export function askLog(settings: RunningSettings, asked: LogRequest['settings']): Readonly<Record<string, LogValue>> {
  changeLog(settings, asked);
  return logSettings(settings);
}

/** The same of tracing; `model` '' = of all. */
export function askTrace(
  settings: RunningSettings,
  models: ModelDirectory,
  asked: TraceRequest['settings'],
  model: string,
): Readonly<Record<string, TraceValue>> {
  if (model !== '') requireModel(models, model);
  changeTrace(settings, asked, model);
  return traceSettings(settings);
}

export interface LogValue {
  readonly parameter_choice?: string;
  readonly bool_param?: boolean;
  readonly uint32_param?: number;
  readonly string_param?: string;
}

interface LogRequest {
  readonly settings: Readonly<Record<string, LogValue>>;
}

export interface TraceValue {
  readonly value: readonly string[];
}

interface TraceRequest {
  readonly settings: Readonly<Record<string, TraceValue>>;
  readonly model_name: string;
}

function requireModel(models: ModelDirectory, name: string): void {
  if (models.versionsOf(name).length === 0)
    throw new ServingError('NOT_FOUND', `Request for unknown model: ${name}: no such servable`);
}

function requireUnlocked({ locked }: RunningSettings): void {
  if (locked !== undefined) throw new ServingError('UNSUPPORTED', locked);
}

function refuse(key: string, found: string, wanted: string): never {
  throw new ServingError('INVALID_ARGUMENT', `setting ${quote(key)}: found ${found}, want ${wanted}`);
}

function unchangeable(key: string): never {
  throw new ServingError('UNSUPPORTED', `setting ${quote(key)} cannot be changed`);
}

/** From the least severe one. */
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

function logSettings(settings: RunningSettings): Readonly<Record<string, LogValue>> {
  const level = LEVELS.indexOf(settings.logLevel());
  return {
    log_file: { string_param: '' },
    log_info: { bool_param: level <= 1 },
    log_warning: { bool_param: level <= 2 },
    log_error: { bool_param: true },
    log_verbose_level: { uint32_param: level === 0 ? 1 : 0 },
    log_format: { string_param: 'default' },
  };
}

function changeLog(settings: RunningSettings, asked: LogRequest['settings']): void {
  const keys = Object.keys(asked);
  if (keys.length === 0) return;
  const now = logSettings(settings);
  const wanted: Record<string, boolean> = {};
  for (const key of keys) {
    const given = asked[key] ?? {};
    if (now[key] === undefined) refuse(key, 'no such setting', `one of ${Object.keys(now).join(', ')}`);
    if (given.parameter_choice === undefined) wanted[key] = configured(settings, key);
    else if (key === 'log_verbose_level') wanted[key] = number(key, given) > 0;
    else if (key === 'log_info' || key === 'log_warning') wanted[key] = truth(key, given);
    else if (!isSame(now[key] ?? {}, given)) unchangeable(key);
  }
  requireUnlocked(settings);
  settings.setLogLevel(levelOf(settings.logLevel(), wanted));
}

/** The settings that choose the level, from the least severe one. */
const SWITCHES = ['log_verbose_level', 'log_info', 'log_warning'];

/** What is turned on brings all that is more severe, what is turned off takes all that is less severe with it. */
function levelOf(now: LogLevel, wanted: Readonly<Record<string, boolean>>): LogLevel {
  const on = SWITCHES.findIndex((key) => wanted[key] === true);
  const off = SWITCHES.findLastIndex((key) => wanted[key] === false);
  const key = SWITCHES[off] ?? '';
  if (on >= 0 && on < off) refuse(key, `off beside ${SWITCHES[on]}`, 'it on: levels are in one order');
  const level = Math.max(LEVELS.indexOf(now), off + 1);
  return LEVELS[on < 0 ? level : Math.min(level, on)] ?? 'error';
}

function configured({ configuredLogLevel }: RunningSettings, key: string): boolean {
  const level = LEVELS.indexOf(configuredLogLevel);
  return level <= SWITCHES.indexOf(key);
}

function isSame(now: LogValue, given: LogValue): boolean {
  return now.bool_param === given.bool_param && now.string_param === given.string_param;
}

function number(key: string, { parameter_choice: kind, uint32_param: value }: LogValue): number {
  return value ?? refuse(key, String(kind), 'uint32_param');
}

function truth(key: string, { parameter_choice: kind, bool_param: value }: LogValue): boolean {
  return value ?? refuse(key, String(kind), 'bool_param');
}

function traceSettings(settings: RunningSettings): Readonly<Record<string, TraceValue>> {
  const share = settings.sampling() ?? 0;
  return {
    trace_level: { value: [share > 0 ? 'TIMESTAMPS' : 'OFF'] },
    trace_rate: { value: [String(share > 0 ? Math.round(1 / share) : 1000)] },
    trace_count: { value: ['-1'] },
    log_frequency: { value: ['0'] },
    trace_file: { value: [''] },
    trace_mode: { value: ['opentelemetry'] },
  };
}

function changeTrace(settings: RunningSettings, asked: TraceRequest['settings'], model: string): void {
  const keys = Object.keys(asked);
  if (keys.length === 0) return;
  const now = traceSettings(settings);
  let share = settings.sampling();
  for (const key of keys) {
    const values = asked[key]?.value ?? [];
    const present = now[key]?.value;
    if (present === undefined) refuse(key, 'no such setting', `one of ${Object.keys(now).join(', ')}`);
    if (values.length === 0)
      share = key === 'trace_level' || key === 'trace_rate' ? settings.configuredSampling : share;
    else if (key === 'trace_level') share = shareOf(values, share ?? 0, settings.configuredSampling);
    else if (key === 'trace_rate') share = 1 / rateOf(values);
    else if (values.join(',') !== present.join(',')) unchangeable(key);
  }
  if (share === settings.sampling()) return;
  requireUnlocked(settings);
  if (model !== '') throw new ServingError('UNSUPPORTED', 'model_name: a model has no trace settings of its own');
  if (settings.sampling() === undefined)
    throw new ServingError('UNSUPPORTED', 'tracing is off: tracing.endpoint is not set');
  settings.setSampling(share ?? 0);
}

function shareOf(levels: readonly string[], now: number, configuredShare: number): number {
  if (levels.every((level) => level === 'OFF')) return 0;
  if (levels.some((level) => level !== 'TIMESTAMPS')) refuse('trace_level', levels.join(', '), 'OFF or TIMESTAMPS');
  return now || configuredShare || 1;
}

function rateOf([rate = '', ...more]: readonly string[]): number {
  if (more.length > 0 || !/^[1-9]\d{0,8}$/.test(rate)) refuse('trace_rate', rate, 'a whole number from 1');
  return Number(rate);
}
