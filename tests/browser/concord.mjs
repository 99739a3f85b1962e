// A server of its own for each check, on a copy of one demonstration, and the browser.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export { Tally } from "./tally.mjs";

export const top = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const folder = resolve(process.env.CONCORD_BUILD ?? join(top, "build/ci"));
const program = join(folder, "concord");
export const password = "concord-demo";

/** Runs the program and answers what it printed; a failure ends the check with what it said. */
export function concord(...words) {
  const ran = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (ran.status !== 0) throw new Error(`concord ${words.join(" ")}: ${ran.stderr}${ran.stdout.slice(0, 2000)}`);
  return ran.stdout;
}

/** The folder of the demonstration, made once for each build of the program. */
export function demonstration() {
  const made = join(folder, "demonstration");
  if (existsSync(made) && statSync(made).mtimeMs > statSync(program).mtimeMs) return made;
  rmSync(made, { recursive: true, force: true });
  const making = `${made}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  concord("init", "--partnership", "north-yorkshire", "--demo", "--seed", "1", "--demo-size", "small", "--db", join(making, "concord.db"));
  rmSync(made, { recursive: true, force: true });
  renameSync(making, made);
  return made;
}

function copyFolder(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyFolder(join(from, entry.name), join(to, entry.name));
    else copyFileSync(join(from, entry.name), join(to, entry.name));
  }
}

/** A copy of the demonstration in a temporary folder of its own. */
export function copyOfDemonstration() {
  const own = mkdtempSync(join(tmpdir(), "concord-browser."));
  copyFolder(demonstration(), own);
  return { own, db: join(own, "concord.db") };
}

function freePort() {
  return new Promise((done, refused) => {
    const probe = createServer();
    probe.on("error", refused);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Serves a copy; `stop()` ends the server and removes the copy. `ended` tells whether it still ran at stop. */
export async function serve(copy = copyOfDemonstration(), words = []) {
  const port = await freePort();
  const child = spawn(program, ["serve", "--db", copy.db, "--port", String(port), ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const base = await new Promise((done, refused) => {
    const listen = (part) => {
      said += part;
      const ready = /Concord is ready at (\S+)/.exec(said);
      if (ready) done(ready[1]);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("exit", (code) => refused(new Error(`the server ended with ${code}: ${said}`)));
  });
  const server = { base, db: copy.db, said: () => said, crashed: false };
  child.on("exit", () => { if (!server.stopping) server.crashed = true; });
  // A copy that is `kept` stays for the next server, until one is stopped with {remove: true}.
  server.stop = ({ remove = copy.kept !== true } = {}) =>
    new Promise((done) => {
      const gone = () => { if (remove) rmSync(copy.own, { recursive: true, force: true }); done(); };
      if (child.exitCode !== null || child.signalCode !== null) return gone();
      server.stopping = true;
      child.on("exit", gone);
      child.kill("SIGTERM");
    });
  return server;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-gpu", "--allow-file-access-from-files"],
  });
}

/** A browser window of somebody who is signed in. */
export async function signedIn(browser, base, email, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "Europe/London", ...options });
  context.setDefaultTimeout(15000);
  const page = await context.newPage();
  await page.goto(`${base}/sign-in`);
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", password);
  await page.press("[name=password]", "Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.close();
  return context;
}

export function keep(name, text) {
  const at = join(folder, "browser");
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), text);
  return join(at, name);
}
