// Opens a report in Chromium, offline: its charts are drawn, nothing is requested, the
// console stays silent, and a phone needs no sideways scrolling.
//
//   node report_test.mjs REPORT.html [SCREENSHOT_PREFIX]
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [report, prefix] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const problems = [];
const looks = [
  { name: "desktop", viewport: { width: 1200, height: 900 } },
  { name: "phone", viewport: { width: 390, height: 800 } },
  { name: "dark", viewport: { width: 1200, height: 900 }, colorScheme: "dark" },
];
for (const { name, ...options } of looks) {
  const page = await (await browser.newContext({ ...options, offline: true })).newPage();
  const address = pathToFileURL(report).href;
  page.on("console", (message) => problems.push(`${name}: console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== address) problems.push(`${name}: request ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForTimeout(1500);
  const figures = await page.locator("figure").count();
  const charts = await page.locator("figure .chart svg").count();
  if (figures === 0 || charts !== figures) {
    problems.push(`${name}: ${charts} of ${figures} charts are drawn`);
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) problems.push(`${name}: ${overflow} px of sideways scrolling`);
  if (prefix) await page.screenshot({ path: `${prefix}${name}.png` });
  console.log(`${name}: ${charts} charts`);
}
await browser.close();
problems.forEach((problem) => console.error(problem));
process.exit(problems.length ? 1 : 0);
