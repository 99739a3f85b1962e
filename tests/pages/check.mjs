// Checks pages of a running server in a real browser.
//   node tests/pages/check.mjs BASE_URL PAGES.json [EMAIL PASSWORD]
// PAGES.json: ["/my-work", "/cases", ...]. EMAIL and PASSWORD: of a demonstration user; without them the pages are read without signing in.
// BASE_URL may be a file:// folder too, which ends in "/" (for the gallery).
// Each page: axe-core finds nothing at 1280 and 390 px, nothing scrolls sideways at 320 px, html-validate finds nothing in the HTML,
// no script fails, and with JavaScript off the h1 and main are there. Last line: "N passed, N failed".
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = createRequire(join(here, "../../frontend/package.json"));
const { chromium } = packages("playwright-core");
const { HtmlValidate } = await import(pathToFileURL(packages.resolve("html-validate")).href);
const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

const [base, list, email, password] = process.argv.slice(2);
if (!base || !list) {
  console.error("usage: node check.mjs BASE_URL PAGES.json [EMAIL PASSWORD]");
  process.exit(2);
}
const pages = JSON.parse(readFileSync(list, "utf8"));
const validate = new HtmlValidate(JSON.parse(readFileSync(join(here, "htmlvalidate.json"), "utf8")));
const address = (path) => (base.startsWith("file:") ? base : base.replace(/\/$/, "")) + path;
const local = base.startsWith("file:");

let passed = 0;
let failed = 0;
function report(what, complaints) {
  if (complaints.length === 0) {
    ++passed;
    return;
  }
  ++failed;
  console.log(`FAILED ${what}`);
  for (const complaint of complaints.slice(0, 10)) console.log(`  ${complaint}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", ...(local ? ["--allow-file-access-from-files"] : [])],
});

async function context(options) {
  const made = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  if (email && !local) {
    const page = await made.newPage();
    await page.goto(address("/sign-in"));
    await page.fill("[name=email]", email);
    await page.fill("[name=password]", password ?? "");
    await Promise.all([page.waitForLoadState("load"), page.press("[name=password]", "Enter")]);
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"), { timeout: 10000 }).catch(() => {
      throw new Error(`could not sign in as ${email}: still at ${page.url()}`);
    });
    await page.close();
  }
  return made;
}

try {
  const scripted = await context({ viewport: { width: 1280, height: 900 } });
  const plain = await context({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false });
  for (const path of pages) {
    const page = await scripted.newPage();
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
    // What the content policy refuses and what does not load is told on the console.
    page.on("console", (message) => message.type() === "error" && wrong.push(`console: ${message.text()}`));
    const answer = await page.goto(address(path));
    if (!local) report(`${path} answers 200`, answer?.status() === 200 ? [] : [`status ${answer?.status()}`]);
    const html = local ? readFileSync(fileURLToPath(address(path)), "utf8") : await answer.text();
    const result = await validate.validateString(html);
    report(`${path} html`, result.results.flatMap((one) => one.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)));
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      report(`${path} axe at ${width} px`, found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(" | ")}`));
    }
    await page.setViewportSize({ width: 320, height: 900 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    report(`${path} at 320 px`, over > 0 ? [`scrolls sideways by ${over} px`] : []);
    report(`${path} scripts`, wrong);
    await page.close();

    const without = await plain.newPage();
    await without.goto(address(path));
    const heads = await without.locator("main h1").count();
    report(`${path} without JavaScript`, heads === 1 ? [] : [`${heads} h1 in main`]);
    await without.close();
  }
} catch (error) {
  ++failed;
  console.log(`FAILED ${error.stack ?? error}`);
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
