// A server of its own for each check, on a copy of one demonstration, and the browser.
// With CONCORD_ENGINE=postgresql the demonstration lies in the private server that tests/with-postgresql.sh starts.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
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
  return concordIn(undefined, ...words);
}
/** The same in a folder: with PostgreSQL, documents and the sealing key lie below where the program runs. */
export function concordIn(cwd, ...words) {
  const ran = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28, cwd });
  if (ran.status !== 0) throw new Error(`concord ${words.join(" ")}: ${ran.stderr}${ran.stdout.slice(0, 2000)}`);
  return ran.stdout;
}

const postgresql = process.env.CONCORD_ENGINE === "postgresql" ? process.env.CONCORD_TEST_POSTGRESQL : undefined;
if (process.env.CONCORD_ENGINE === "postgresql" && !postgresql) throw new Error("CONCORD_TEST_POSTGRESQL is not set: run through tests/with-postgresql.sh");
const databaseUrl = (name) => postgresql.replace("/postgres?", `/${name}?`);
function onServer(sql) {
  const ran = spawnSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, postgresql], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`psql: ${ran.stderr}`);
}
const template = "concord_demonstration";
let templateMade = false;

/** The folder of the demonstration, made once for each build of the program (with PostgreSQL once for each server). */
export function demonstration() {
  const made = join(folder, postgresql ? "demonstration-postgresql" : "demonstration");
  if (!postgresql && existsSync(made) && statSync(made).mtimeMs > statSync(program).mtimeMs) return made;
  if (postgresql && templateMade) return made;
  rmSync(made, { recursive: true, force: true });
  const making = `${made}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  if (postgresql) onServer(`create database ${template}`);
  concordIn(making, "init", "--partnership", "north-yorkshire", "--demo", "--seed", "1", "--demo-size", "small", "--db",
    postgresql ? databaseUrl(template) : join(making, "concord.db"));
  rmSync(made, { recursive: true, force: true });
  renameSync(making, made);
  templateMade = true;
  return made;
}

function copyFolder(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copyFolder(join(from, entry.name), join(to, entry.name));
    else copyFileSync(join(from, entry.name), join(to, entry.name));
  }
}

/** A copy of the demonstration: {own: its temporary folder, db: its database}. */
export function copyOfDemonstration() {
  const own = mkdtempSync(join(tmpdir(), "concord-browser."));
  copyFolder(demonstration(), own);
  if (!postgresql) return { own, db: join(own, "concord.db") };
  const name = `concord_copy_${randomBytes(6).toString("hex")}`;
  onServer(`create database ${name} template ${template}`);
  return { own, db: databaseUrl(name), name };
}
function removeCopy(copy) {
  rmSync(copy.own, { recursive: true, force: true });
  if (copy.name) onServer(`drop database if exists ${copy.name} with (force)`);
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

/** Serves a copy; `stop()` ends the server and removes the copy. `crashed` tells whether it ended by itself. */
export async function serve(copy = copyOfDemonstration(), words = []) {
  const port = await freePort();
  const child = spawn(program, ["serve", "--db", copy.db, "--port", String(port), ...words], { stdio: ["ignore", "pipe", "pipe"], cwd: copy.own });
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
  const server = { base, db: copy.db, own: copy.own, said: () => said, crashed: false };
  child.on("exit", () => { if (!server.stopping) server.crashed = true; });
  // A copy that is `kept` stays for the next server, until one is stopped with {remove: true}.
  server.stop = ({ remove = copy.kept !== true } = {}) =>
    new Promise((done) => {
      const gone = () => { if (remove) removeCopy(copy); done(); };
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
  context.setDefaultTimeout(120000);
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
