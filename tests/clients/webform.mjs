// Fills in a form in ODK Web Forms, in Chromium, step by step as told, and keeps what is sent.
//   node webform.mjs JOB.json RESULT.json
// JOB: {"form", "folder" for pictures, "chromium", "steps": [{"do": …, …}, …]}
// RESULT: {"sent": XML or null, "seen": {name: true | false of every `look`}}
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const site = mkdtempSync(join(tmpdir(), 'webform-'));
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const TYPES = { js: 'text/javascript', css: 'text/css', xml: 'text/xml', html: 'text/html' };

async function bundle() {
  await build({
    entryPoints: ['page.mjs'], outdir: site, bundle: true, splitting: true, format: 'esm', minify: true, logLevel: 'error',
    loader: { '.svg': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
    define: {
      __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      'process.env.NODE_ENV': '"production"',
    },
  });
  writeFileSync(join(site, 'form.xml'), readFileSync(job.form));
  writeFileSync(join(site, 'index.html'), '<!doctype html><meta charset="utf-8"><div id="form"></div><script type="module" src="page.js"></script>');
}

function serve() {
  const server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : request.url.slice(1);
    try {
      const content = readFileSync(join(site, name));
      response.setHeader('content-type', `${TYPES[name.split('.').pop()] ?? 'text/plain'};charset=utf-8`);
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

const question = (page, label) => page.locator('.question-container').filter({ has: page.getByText(label, { exact: true }) });

const STEPS = {
  choose: (page, { label, option }) =>
    question(page, label).locator('label.value-option').filter({ has: page.getByText(option, { exact: true }) }).click(),
  pick: async (page, { label, option }) => {
    await question(page, label).locator('.p-select').click();
    await page.getByRole('option', { name: option, exact: true }).click();
  },
  type: async (page, { label, text }) => {
    const input = question(page, label).locator('input, textarea').first();
    await input.click();
    await input.press('Control+A');
    await input.pressSequentially(text);
    await input.press('Tab');
  },
  language: async (page, { name }) => {
    await page.locator('.language-changer:visible').click();
    await page.getByRole('option', { name, exact: true }).click();
  },
  look: async (page, { name, text, wanted }, seen) => {
    const state = wanted ? 'visible' : 'detached';
    seen[name] = await page.getByText(text, { exact: true }).first().waitFor({ state, timeout: 5000 }).then(() => wanted, () => !wanted);
  },
  picture: async (page, { file, label }) => {
    if (label) await question(page, label).scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(job.folder, file) });
  },
  send: (page) => page.locator('button:visible').filter({ hasText: /^\s*(Send|Gửi)\s*$/ }).first().click(),
};

await bundle();
const server = await serve();
const browser = await chromium.launch({ executablePath: job.chromium, args: FLAGS });
try {
  const page = await browser.newPage({ viewport: { width: 900, height: 1200 } });
  page.setDefaultTimeout(15000);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.locator('.question-container').first().waitFor({ timeout: 60000 });
  const seen = {};
  for (const step of job.steps) {
    try {
      await STEPS[step.do](page, step, seen);
    } catch (error) {
      await page.screenshot({ path: join(job.folder, 'failed.png') });
      throw new Error(`${JSON.stringify(step)}: ${error.message}`);
    }
  }
  await page.waitForTimeout(300);
  const sent = await page.evaluate(() => globalThis.sent ?? null);
  writeFileSync(process.argv[3], JSON.stringify({ sent, seen }));
} finally {
  await browser.close();
  server.close();
  rmSync(site, { recursive: true, force: true });
}
process.exit(0);
