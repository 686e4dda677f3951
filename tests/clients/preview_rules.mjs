// Runs the script of a preview page, as it stands in the page, on people who fill it in.
//   node preview_rules.mjs JOB.json RESULT.json
// JOB: {"page", "people": [{"unit_type", "answers": {item: text}}]}
// RESULT: [{"relevant": [item], "violations": {item: "required" | "constraint"}}]
import { readFileSync, writeFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const page = readFileSync(job.page, 'utf8');
const form = JSON.parse(/<script type="application\/json" id="form">(.*?)<\/script>/s.exec(page)[1]);
const script = /<script>(.*?)<\/script>/s.exec(page)[1];
// The part that touches no page ends where the second "use strict" begins.
runInThisContext(script.slice(0, script.lastIndexOf('"use strict"')));

const answered = job.people.map(({ unit_type, answers }) => {
  const asked = askedItems(form, answers, unit_type);
  const violations = problems(form, answers, asked);
  return { relevant: asked.sort(), violations };
});
writeFileSync(process.argv[3], JSON.stringify(answered));
