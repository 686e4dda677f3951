// A person at the preview page in Chromium: skips, languages, unit, bounds, the keyboard, a narrow screen.
//   node preview_browser.mjs JOB.json RESULT.json
// JOB: {"page", "chromium", "folder" for pictures}; RESULT: what was seen, by name
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const browser = await chromium.launch({ executablePath: job.chromium, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
const seen = { complaints: [], fetched: [] };
page.on('console', (message) => seen.complaints.push(message.text()));
page.on('pageerror', (error) => seen.complaints.push(String(error)));
page.on('request', (request) => seen.fetched.push(request.url()));
await page.goto(pathToFileURL(job.page).href);

const item = (id) => page.locator(`#item-${id}`);
const pick = (id, code) => item(id).locator(`input[value="${code}"]`).check();
const error = (id) => item(id).locator('.error:visible').allInnerTexts();
const picture = (name, full = false) => page.screenshot({ path: join(job.folder, `${name}.png`), fullPage: full });

seen.widest = await page.evaluate(() => document.documentElement.scrollWidth);
await picture('narrow_vi');
seen.before = await item('b4_choice').isVisible();
await pick('b4_vote', 1);
seen.after = await item('b4_choice').isVisible();
await pick('b4_choice', 0);
await pick('b4_vote', 0);
seen.again = await item('b4_choice').isVisible();
seen.heading_vi = await page.locator('#title').innerText();
seen.unknown = await item('b5_know_head').locator('legend').innerText();
await page.selectOption('#unit', 'LG commune');
seen.commune = await item('b5_know_head').locator('legend').innerText();
await page.selectOption('#unit', 'LG ward');
seen.ward = await item('b5_know_head').locator('legend').innerText();
await page.locator('button[data-choose=en]').click();
seen.heading_en = await page.locator('#title').innerText();
seen.title_en = await page.title();
seen.lang = await page.evaluate(() => document.documentElement.lang);
await page.locator('button[data-choose=vi]').click();

await pick('b2_know', 1);
await item('b2_ways').locator('input').first().check();
await item('b2_ways').locator('.off input, input[value="9"]').last().check();
seen.exclusive = await error('b2_ways');
await item('b2_ways').locator('button.clear').click();
seen.cleared = await item('b2_ways').locator('input:checked').count();
await page.locator('#check').click();
seen.required = await error('dealt12');
seen.focused = await page.evaluate(() => document.activeElement.closest('.item')?.id);
seen.status = await page.locator('[role=status]').innerText();
await picture('checked_vi');

await page.locator('#item-dealt12 input').first().focus();
await page.keyboard.press('Space');
await page.keyboard.press('ArrowDown');
seen.keyboard = await item('dealt12').locator('input:checked').inputValue();
await page.locator('[data-toggle=marks]').check();
await page.locator('[data-toggle=findings]').check();
seen.marks = await item('b4_choice').isVisible();
seen.disabled = await item('b4_choice').locator('input').first().isDisabled();
seen.findings = await page.locator('.found:visible').count();
seen.nameless = await page.evaluate(() => [...document.querySelectorAll('input, textarea, select')]
  .filter((control) => control.labels?.length === 0 && !control.getAttribute('aria-labelledby')).length);
await page.setViewportSize({ width: 1000, height: 900 });
await page.locator('details').evaluate((details) => { details.open = true; });
await picture('wide_marks_vi', true);
await browser.close();
writeFileSync(process.argv[3], JSON.stringify(seen));
