// What every page must hold, as lists of complaints.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HtmlValidate } from "html-validate";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const validate = new HtmlValidate(JSON.parse(readFileSync(join(here, "htmlvalidate.json"), "utf8")));

export async function htmlComplaints(html) {
  const result = await validate.validateString(html);
  return result.results.flatMap((one) => one.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
}

export async function axeComplaints(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }));
  return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(" | ")}`);
}

export async function sidewaysComplaints(page, width) {
  await page.setViewportSize({ width, height: 900 });
  return page.evaluate(() => {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over <= 0) return [];
    const wide = [...document.querySelectorAll("body *")]
      .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .slice(-3)
      .map((one) => `<${one.tagName.toLowerCase()} class="${one.className}"> ${(one.textContent ?? "").trim().slice(0, 40)}`);
    return [`scrolls sideways by ${over} px: ${wide.join(" | ")}`];
  });
}

/** Every control of the forms in main is reached with Tab, and shows that it has the focus. */
export async function keyboardComplaints(page) {
  const wanted = await page.evaluate(() => {
    document.activeElement?.blur?.();
    let number = 0;
    const groups = new Set();
    for (const one of document.querySelectorAll("main form input, main form select, main form textarea, main form button")) {
      if (one.disabled || one.type === "hidden" || one.tabIndex < 0) continue;
      if (!one.checkVisibility?.({ checkVisibilityCSS: true })) continue;
      if (one.type === "radio") {
        // Tab stops once in a group; the arrow keys go on from there.
        const group = `${one.form?.action} ${one.name}`;
        if (groups.has(group)) continue;
        groups.add(group);
        for (const each of one.form.querySelectorAll(`input[type=radio][name="${CSS.escape(one.name)}"]`)) each.dataset.walked = String(number);
      } else {
        one.dataset.walked = String(number);
      }
      ++number;
    }
    return number;
  });
  if (wanted === 0) return [];
  const reached = new Set();
  const unseen = new Set();
  let last = "";
  for (let step = 0; step < 900 && reached.size < wanted; ++step) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return { end: true };
      const style = getComputedStyle(one);
      const label = one.labels?.[0] ? getComputedStyle(one.labels[0], "::before") : null;
      const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none" || (label !== null && label.boxShadow !== "none") ||
        (label !== null && label.outlineStyle !== "none");
      return { walked: one.dataset?.walked, seen, name: `${one.tagName.toLowerCase()}[name=${one.name ?? ""}]` };
    });
    if (at.end && last === "end") break;
    last = at.end ? "end" : "";
    if (at.walked === undefined) continue;
    reached.add(at.walked);
    if (!at.seen) unseen.add(at.name);
  }
  const complaints = [...unseen].map((name) => `${name} does not show that it has the focus`);
  if (reached.size < wanted) complaints.push(`${wanted - reached.size} of ${wanted} controls of the page's forms are not reached with Tab`);
  return complaints;
}

/** Without JavaScript: status, one h1, a title, a main. */
export async function plainComplaints(context, address, status = 200) {
  const page = await context.newPage();
  try {
    const answer = await page.goto(address);
    const heads = await page.locator("h1").count();
    const inMain = await page.locator("main h1").count();
    const title = await page.title();
    return [
      ...(answer !== null && answer.status() !== status && answer.status() !== 0 && !address.startsWith("file:") ? [`status ${answer.status()}`] : []),
      ...(heads === 1 && inMain === 1 ? [] : [`${heads} h1, ${inMain} in main`]),
      ...(title.trim() !== "" ? [] : ["no title"]),
    ];
  } finally {
    await page.close();
  }
}

/** What is wrong with a page that refuses what was typed: a summary whose links lead to what they name, and a title that says so. */
async function refusalComplaints(page) {
  return page.evaluate(() => {
    const wrong = [];
    const summary = document.querySelector("main .govuk-error-summary");
    if (!document.title.startsWith("Error: ")) wrong.push(`the title does not begin with "Error: ": ${document.title}`);
    if (!summary) return [...wrong, "no summary of what is wrong"];
    if (summary.textContent.trim().length < 30) wrong.push("the summary says nothing");
    for (const link of summary.querySelectorAll("a[href^='#']")) {
      const id = decodeURIComponent(link.getAttribute("href").slice(1));
      const there = document.getElementById(id);
      if (!there) wrong.push(`"${link.textContent}" leads to #${id}, which is not there`);
      else if (!there.matches("input, select, textarea, button, a") && !there.closest("form")) wrong.push(`"${link.textContent}" leads to #${id}, which is no part of a form`);
    }
    return wrong;
  });
}

/** Every form of main is sent empty, each kind once (`sent`): what it refuses must be said well. What it accepts is no matter here. */
export async function checkRefusals(tally, what, address, scripted, sent) {
  const page = await scripted.newPage();
  try {
    await page.goto(address);
    const forms = await page.evaluate(() => [...document.querySelectorAll("main form")].map((form) => ({ method: form.method, action: form.getAttribute("action") ?? "" })));
    for (const form of forms) {
      // One form a pattern and address without its ids; signing out ends the walk of this person.
      const kind = `${what} ${form.action.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]+-\d{4}-\d+/g, "*")}`;
      if (form.method !== "post" || sent.has(kind) || /sign-out|sessions|disabling|\/seen$/.test(form.action)) continue;
      sent.add(kind);
      await page.goto(address);
      // A form sent before this one may have taken it from the page: what it sent was accepted.
      if (!(await page.evaluate((action) => [...document.querySelectorAll("main form")].some((one) => (one.getAttribute("action") ?? "") === action), form.action))) continue;
      const answer = page.waitForNavigation({ waitUntil: "load" });
      const sending = page.evaluate((action) => {
        const one = [...document.querySelectorAll("main form")].find((each) => (each.getAttribute("action") ?? "") === action);
        for (const part of one.elements) {
          if (part.type === "hidden" || part.type === "submit") continue;
          if (part.type === "radio" || part.type === "checkbox") part.checked = false;
          else if (part.tagName === "SELECT") part.selectedIndex = 0;
          else if (part.type !== "file") part.value = "";
        }
        HTMLFormElement.prototype.submit.call(one);
      }, form.action);
      const [got] = await Promise.all([answer, sending]);
      const status = got?.status() ?? 0;
      const name = `${what}: ${form.action} sent empty`;
      if (status >= 500) tally.report(name, [`status ${status}`]);
      if (status !== 422 && status !== 409) continue;
      await picture(page, `empty ${name}`, 1280);
      tally.report(`${name} html`, await htmlComplaints(await got.text()));
      tally.report(`${name} axe`, await axeComplaints(page));
      tally.report(`${name} says what is wrong`, await refusalComplaints(page));
      tally.report(`${name} at 390 px`, await sidewaysComplaints(page, 390));
    }
  } catch (error) {
    tally.report(`${what} sent empty`, [String(error.message ?? error)]);
  } finally {
    await page.close();
  }
}

/** With CONCORD_PICTURES=FOLDER every page that is checked leaves its pictures there, to be looked at. */
async function picture(page, what, width) {
  const pictures = process.env.CONCORD_PICTURES;
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  const name = what.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[?].*/g, "").replace(/[^A-Za-z0-9]+/g, "_").slice(0, 90);
  await page.setViewportSize({ width, height: 900 });
  await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true });
}

/** All of it for one page. `scripted` and `plain` are browser contexts with and without JavaScript. */
export async function checkPage(tally, what, address, { scripted, plain, status = 200 }) {
  const page = await scripted.newPage();
  try {
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
    // What the content policy refuses and what does not load is told on the console; a page that is meant to answer 4xx is told there too.
    page.on("console", (message) => message.type() === "error" && !(status >= 400 && /status of 4/.test(message.text())) && wrong.push(`console: ${message.text()}`));
    const answer = await page.goto(address);
    const file = address.startsWith("file:");
    if (!file) tally.report(`${what} answers ${status}`, answer?.status() === status ? [] : [`status ${answer?.status()}`]);
    tally.report(`${what} html`, await htmlComplaints(file ? readFileSync(fileURLToPath(address), "utf8") : await answer.text()));
    await picture(page, what, 1280);
    tally.report(`${what} axe at 1280 px`, await axeComplaints(page));
    tally.report(`${what} by keyboard`, await keyboardComplaints(page));
    const sideways = await sidewaysComplaints(page, 390);
    await picture(page, what, 390);
    tally.report(`${what} axe at 390 px`, await axeComplaints(page));
    tally.report(`${what} at 390 and 320 px`, [...sideways, ...(await sidewaysComplaints(page, 320))]);
    tally.report(`${what} scripts`, wrong);
    tally.report(`${what} without JavaScript`, await plainComplaints(plain, address, status));
  } catch (error) {
    tally.report(what, [String(error.message ?? error)]);
  } finally {
    await page.close();
  }
}
