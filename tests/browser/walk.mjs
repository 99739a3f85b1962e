// Walks the route table: every GET page, with parameters found from the demonstration by following links, as those who may see it, and from what
// examples.mjs does first; then what each form answers when it is sent empty.
//   node tests/browser/walk.mjs        CONCORD_BUILD names the build folder; CONCORD_ONLY=REGEX checks fewer patterns while one works on a page
// A page that nothing leads to is a failure.
import { concord, launch, serve, signedIn, Tally } from "./concord.mjs";
import { makeExamples } from "./examples.mjs";
import { checkPage, checkRefusals } from "./page_checks.mjs";

const people = ["officer@scarborough.example", "manager@scarborough.example", "police@scarborough.example", "housing@partner.example",
  "coordinator@nycsp.example", "ig@nycsp.example", "analyst@nycsp.example", "chair@nycsp.example", "admin@nycsp.example"];
const examples = 2;      // of each pattern
const answersNoPage = ["/healthz", "/readyz"];  // for machines

const tally = new Tally();
const routes = JSON.parse(concord("routes"))
  .filter((r) => r.method === "GET" && !r.pattern.startsWith("/api/") && !r.pattern.startsWith("/assets/") && !answersNoPage.includes(r.pattern))
  .map((r) => ({ ...r, parts: r.pattern.split("/"), found: [] }));
if (routes.length < 10) throw new Error(`the route table has ${routes.length} pages only`);

/** The most literal pattern that a path fits, as the server chooses. */
function patternOf(path) {
  const parts = path.split("/");
  const rank = (r) => r.parts.map((p) => (p.startsWith("{") ? (p.endsWith("...}") ? 0 : 1) : 2)).join("");
  return routes
    .filter((r) => (r.parts.at(-1).endsWith("...}") ? parts.length >= r.parts.length : parts.length === r.parts.length) &&
      r.parts.every((p, i) => (p.startsWith("{") ? (parts[i] ?? "") !== "" : p === parts[i])))
    .sort((a, b) => rank(b).localeCompare(rank(a)))[0];
}

const server = await serve();
const browser = await launch();
try {
  const made = await makeExamples(browser, server);
  // Who may see what: links are followed as each person in turn, without scripts, a few examples of each pattern.
  const windows = {};
  const broken = [];
  const linked = new Set(["/", "/sign-in"]);  // where one begins
  for (const who of people) {
    windows[who] = { plain: await signedIn(browser, server.base, who, { javaScriptEnabled: false }) };
    const page = await windows[who].plain.newPage();
    const seen = new Set();
    const fetched = new Map();
    const own = made.filter((one) => one.who === who && !one.alone).map((one) => one.path);
    for (const one of made.filter((each) => each.who === who)) {
      const address = new URL(one.path, server.base);
      patternOf(decodeURIComponent(address.pathname)).found.push({ who, key: one.path, pathname: address.pathname, kind: "text/html", status: 200, made: true, alone: one.alone === true });
    }
    const waiting = [...own.map((path) => [path, "examples.mjs"]), ...routes.filter((r) => !r.pattern.includes("{")).map((r) => [r.pattern, "the route table"])];
    while (waiting.length > 0) {
      const [path, from] = waiting.shift();
      const address = new URL(path, server.base);
      const route = patternOf(decodeURIComponent(address.pathname));
      const key = address.pathname + address.search;
      if (seen.has(key)) continue;
      seen.add(key);
      if (!route) {
        if (!/^\/(api|assets|healthz|readyz)/.test(address.pathname)) broken.push(`${key}, linked from ${from}: no such route`);
        continue;
      }
      const already = fetched.get(route) ?? 0;
      if (already >= (route.found.length < examples ? 8 : 3)) continue;
      fetched.set(route, already + 1);
      const answer = await windows[who].plain.request.get(address.href, { maxRedirects: 0 });
      const kind = answer.headers()["content-type"] ?? "";
      if (answer.status() >= 500) broken.push(`${key}, as ${who}: status ${answer.status()}`);
      if (answer.status() === 404 && from !== "the route table") broken.push(`${key}, linked from ${from} as ${who}: not found`);
      if (answer.status() !== 200 && answer.status() !== 303 && answer.status() !== 302) continue;
      // A page that leads on to another is followed there.
      if (answer.status() !== 200) {
        const to = new URL(answer.headers()["location"] ?? "/", address);
        if (to.origin === address.origin) waiting.push([to.pathname + to.search, key]);
      }
      const found = route.found.filter((f) => !f.made);
      const distinct = route.found.filter((f) => f.pathname === address.pathname);
      if (distinct.length === 0 && found.length < examples) route.found.push({ who, key, pathname: address.pathname, kind, status: answer.status() });
      else if (distinct.length > 0 && distinct.length < 2 && address.search !== "" && found.length < examples + 2)
        route.found.push({ who, key, pathname: address.pathname, kind, status: answer.status() });
      if (answer.status() !== 200 || !kind.startsWith("text/html")) continue;
      const html = await answer.text();
      for (const [, href] of html.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)) {
        const to = new URL(href.replaceAll("&amp;", "&"), address);
        if (to.origin !== address.origin) continue;
        if (to.pathname !== address.pathname) linked.add(to.pathname);
        waiting.push([to.pathname + to.search, key]);
      }
      for (const [, action] of html.matchAll(/<form\b[^>]*?\saction="([^"?#]*)/g)) linked.add(action);
    }
    await page.close();
  }
  tally.report("every link leads somewhere", [...new Set(broken)]);
  tally.report("every page without parameters is linked from another", routes.filter((r) => !r.pattern.includes("{") && r.found.some((f) => !f.made && f.kind.startsWith("text/html")) && !linked.has(r.pattern)).map((r) => r.pattern));
  for (const route of routes) tally.report(`${route.pattern} (${route.summary}) is reached`, route.found.length > 0 ? [] : ["no example was found in the demonstration by following links"]);

  // Two pages at a time.
  const only = new RegExp(process.env.CONCORD_ONLY ?? "");
  const work = routes.filter((r) => only.test(r.pattern)).flatMap((r) => r.found.map((f) => ({ ...f, pattern: r.pattern })));
  console.log(`${work.length} pages of ${routes.length} patterns are walked`);
  for (const who of new Set(work.map((w) => w.who))) windows[who].scripted = await signedIn(browser, server.base, who);
  const nobody = { plain: await browser.newContext({ javaScriptEnabled: false }), scripted: await browser.newContext({ viewport: { width: 1280, height: 900 } }) };
  const one = async () => {
    for (let next = work.shift(); next; next = work.shift()) {
      if (!next.kind.startsWith("text/html") && next.status === 200) {
        tally.report(`${next.key} is a file (${next.kind})`);
        continue;
      }
      if (next.pattern === "/") continue;  // leads on to another page
      const windowsOf = next.pattern === "/sign-in" || next.alone ? nobody : windows[next.who];
      // What leads on was followed; the page itself is checked where it leads.
      if (next.status !== 200) continue;
      checked.push({ ...next, windowsOf });
      await checkPage(tally, `${next.pattern}: ${next.key}`, server.base + next.key, windowsOf);
    }
  };
  const checked = [];
  await Promise.all([one(), one()]);
  console.log(`${checked.length} pages were checked; now their forms are sent empty`);
  // Forms last, and those of the administrator at the very end: what is sent may take effect.
  checked.sort((a, b) => Number(a.pattern.startsWith("/admin") || a.pattern.startsWith("/me")) - Number(b.pattern.startsWith("/admin") || b.pattern.startsWith("/me")));
  const sent = new Set();
  for (const next of checked) await checkRefusals(tally, next.pattern, server.base + next.key, next.windowsOf.scripted, sent);
  await checkPage(tally, "a page that is not there", `${server.base}/no-such-page`, { ...windows[people[0]], status: 404 });
  tally.report("the server still runs", server.crashed ? [server.said().slice(-500)] : []);
} catch (error) {
  tally.report("the walk", [error.stack ?? String(error)]);
} finally {
  await browser.close();
  await server.stop();
}
tally.close();
