// Fills in a form as many times as it is told, in ODK's form engine, and says what the engine made of it.
//   node engine.mjs JOB.json RESULT.json
// JOB: {"form": path of an XForm, "people": [{"name": "value" | "" for blank, ...}, ...]}
// RESULT, one a person: {"relevant": [names], "violations": {name: "required" | "constraint"}, "values": {name: text}}
import { readFileSync, writeFileSync } from 'node:fs';
import './dom.mjs';

const { loadForm } = await import('@getodk/xforms-engine');
const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const loaded = await loadForm(readFileSync(job.form, 'utf8'), { fetchFormAttachment: () => { throw new Error('no attachments'); } });
if (loaded.status === 'failure') throw loaded.error;

function leaves(node, found = new Map()) {
  for (const child of node.currentState.children ?? []) {
    if (child.currentState.children) leaves(child, found);
    else found.set(child.currentState.reference.split('/').pop(), child);
  }
  return found;
}

function answer(node, text) {
  if (node.nodeType === 'select') node.selectValues(text === '' ? [] : text.split(' '));
  else if (text !== String(node.currentState.value ?? '')) node.setValue(text === '' && node.valueType !== 'string' ? null : text);
}

function written(node) {
  const value = node.currentState.instanceValue ?? node.currentState.value;
  return Array.isArray(value) ? value.join(' ') : String(value ?? '');
}

const { root } = loaded.createInstance();
const nodes = leaves(root);
const results = [];
for (const person of job.people) {
  for (const [name, text] of Object.entries(person)) answer(nodes.get(name), text);
  const result = { relevant: [], violations: {}, values: {} };
  for (const [name, node] of nodes) {
    if (!node.currentState.relevant) continue;
    result.relevant.push(name);
    result.values[name] = written(node);
    const violation = node.validationState?.violation;
    if (violation) result.violations[name] = violation.condition;
  }
  results.push(result);
}
writeFileSync(process.argv[3], JSON.stringify(results));
process.exit(0);
