// A servable_config.mjs of a test's own, loaded beside fake models.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModulePlan } from '../../server/config/servable-module/plan.ts';
import { readModule } from '../../server/config/servable-module/read.ts';
import type { LoadOptions, NativeModel } from '../../server/native/binding-types.ts';
import type { FakeModelFile } from '../../server/native/fake-file.ts';
import { openStages, type StageSet } from '../../server/stages/stage-set.ts';
import type { FakeVersionOptions } from './fake-directory.ts';
import type { FakeServer } from './fake-server.ts';

/** A servable_config.py with two models and functions behind them: the labels of the two greatest, and of the greatest. */
export const labelled: string = `
import numpy as np
from mindspore_serving.server import register

first = register.declare_model(model_file="first.mindir", model_format="MindIR")
second = register.declare_model(model_file="second.mindir", model_format="MindIR")
labels = ['cat', "dog", 'horse']

def top(score):
    idx = np.argsort(score)[::-1][:2]
    return ";".join([labels[i] for i in idx]), score[idx]

def best(score):
    return labels[np.argmax(score)]

@register.register_method(output_names=["labels", "scores", "raw"])
def classify(x):
    hidden = register.add_stage(first, x, outputs_count=1)
    logits = register.add_stage(second, hidden, outputs_count=1)
    names, scores = register.add_stage(top, logits, outputs_count=2)
    return names, scores, logits

@register.register_method(output_names=["label"])
def classify_best(x):
    logits = register.add_stage(second, x, outputs_count=1)
    label = register.call_postprocess(best, logits)
    return label
`;

/** Writes and reads a module; its folder goes with remove(). */
export async function moduleOf(text: string): Promise<{ readonly plan: ModulePlan; readonly remove: () => void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-stages-'));
  const file = path.join(folder, 'servable_config.mjs');
  writeFileSync(file, text);
  return { plan: await readModule(file), remove: () => rmSync(folder, { recursive: true }) };
}

/** Serves a fake model with the stages of a plan, as the manager does; every other model of the plan is like it. */
export async function serveStages(
  { models, addon }: FakeServer,
  name: string,
  plan: ModulePlan,
  model: FakeModelFile,
  options: FakeVersionOptions = {},
): Promise<StageSet> {
  const version = await models.add(name, model, options);
  const [first] = plan.models;
  const load = (file: string): Promise<NativeModel> => {
    const path = `/fake/${name}/${file}`;
    addon.files.set(path, model);
    return addon.load({ ...(addon.loads.at(-1) as LoadOptions), path, label: `${name}/1` });
  };
  const parts = { label: `${name}/1`, signature: version.signature, file: first?.file ?? '', load };
  const set = await openStages(plan, parts, { warn: () => undefined });
  Object.assign(version, { stages: set, methods: [...set.methods, ...version.methods] });
  return set;
}
