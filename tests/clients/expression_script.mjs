// Evaluates relevance in LimeSurvey's ExpressionScript, whose operators are those of JavaScript.
//   node expression_script.mjs JOB.json RESULT.json
// JOB: {"questions": [{"code", "relevance"}], "people": [{variable: text}]}; RESULT: [[code asked]]
import { readFileSync, writeFileSync } from 'node:fs';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const empty = (text) => text === '' || text === undefined;
const tests = job.questions.map(({ code, relevance }) => [code, new Function('v', 'is_empty', `with (v) { return Boolean(${relevance}); }`)]);

const asked = job.people.map((person) => {
  const shown = [];
  // A variable that was not asked is an empty text under .NAOK; questions stand in their order.
  const values = new Proxy({}, {
    has: (_, name) => name !== 'is_empty' && name !== 'Boolean',
    get: (_, name) => (typeof name === 'symbol' ? undefined : { NAOK: shown.includes(name.split('_')[0]) ? person[name] ?? '' : '' }),
  });
  for (const [code, test] of tests) if (test(values, empty)) shown.push(code);
  return shown;
});
writeFileSync(process.argv[3], JSON.stringify(asked));
