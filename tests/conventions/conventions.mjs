// Rules of the house that no compiler knows, read from the repository's own files. Each rule is tried on a planted mistake first: it must see it.
//   node tests/conventions/conventions.mjs
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Tally } from "../browser/tally.mjs";

const top = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const names = execFileSync("git", ["-C", top, "ls-files", "-z"], { encoding: "utf8", maxBuffer: 1 << 26 }).split("\0").filter(Boolean);
const isText = (name) => /\.(cpp|hpp|sql|md|toml|mjs|ts|scss|sh|json|cmake|txt|html|csv|dict|svg)$|^\.ci\/run$|^Makefile$|npmrc$/.test(name);
const files = new Map();
for (const name of names) {
  try {
    if (isText(name) && statSync(join(top, name)).size < 3e6) files.set(name, readFileSync(join(top, name), "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;  // removed, not committed yet
  }
}

// ---- Who may lean on whom

const features = ["codes", "subjects", "cases", "analysis"];
// Headers beside the one that bears the room's name which other features may include too: each is a public face of its own.
const alsoPublic = ["cases/hub_work.hpp", "subjects/overview.hpp", "subjects/people_pages.hpp"];
const below = {
  base: [], store: ["base"], web: ["base"], engine: ["base"], ledger: ["store", "base"], access: ["ledger", "web", "store", "base"],
  ...Object.fromEntries(features.map((f) => [f, ["ledger", "access", "web", "store", "engine", "base", ...features]])),
};
const roomOf = (name) => /^src\/([a-z]+)\//.exec(name)?.[1];
/** {from, to, header, file} of each include between rooms, tests left out: they may look at anything. */
function includes(all) {
  const found = [];
  for (const [file, text] of all) {
    if (!/^src\/.*\.[ch]pp$/.test(file) || /_(test|fuzz|bench)\.cpp$|\/testing\.[ch]pp$/.test(file)) continue;
    for (const [, header] of text.matchAll(/^#include "([^"]+)"/gm)) found.push({ from: roomOf(file), to: header.split("/")[0], header, file });
  }
  return found;
}
function directions(all) {
  return includes(all)
    .filter(({ from, to }) => from !== to && from !== "app" && !(below[from] ?? []).includes(to))
    .map(({ file, header, from, to }) => `${file} includes ${header}: ${from} may not lean on ${to}`);
}
function publicHeaders(all) {
  return includes(all)
    .filter(({ from, to, header }) => features.includes(from) && features.includes(to) && from !== to && header !== `${to}/${to}.hpp` && !alsoPublic.includes(header))
    .map(({ file, header, to }) => `${file} includes ${header}: other rooms enter ${to} by ${to}/${to}.hpp only`);
}
function noCircles(all) {
  const leans = new Map();
  for (const { from, to } of includes(all)) if (from !== to) leans.set(from, new Set([...(leans.get(from) ?? []), to]));
  const circles = [];
  const visit = (room, way) => {
    if (way.includes(room)) circles.push([...way.slice(way.indexOf(room)), room].join(" -> "));
    else for (const next of leans.get(room) ?? []) visit(next, [...way, room]);
  };
  for (const room of leans.keys()) visit(room, []);
  return [...new Set(circles.map((c) => c.split(" -> ").slice(0, -1).sort().join(", ")))].map((c) => `these rooms lean on each other: ${c}`);
}
function roomsAreKnown(all) {
  return [...new Set([...all.keys()].map(roomOf).filter(Boolean))].filter((r) => r !== "app" && !(r in below)).map((r) => `src/${r} is no room of tests/conventions`);
}

// ---- What no file may name

const forbidden = [
  [/registry\.npmjs|npmjs\.org\/[a-z@]|"resolved":/i, "a package registry"],
  [/\b(deb|security|snapshot|archive)\.debian\.org/i, "a host of packages"],
  [/\/work\/(trees|main|shared|\.library)|(?<![\w.-])\/root\/(?!$)|\/home\/[a-z]+\//, "a path of one machine"],
  [/\bTODO\b|\bFIXME\b/, "work without a name and a reason"],
];
function namesNothingForbidden(all) {
  const found = [];
  for (const [file, text] of all) {
    if (file.startsWith("tests/conventions/")) continue;
    text.split("\n").forEach((line, i) => {
      for (const [pattern, what] of forbidden) if (pattern.test(line)) found.push(`${file}:${i + 1} names ${what}: ${line.trim().slice(0, 80)}`);
    });
  }
  return found;
}
function skipsNothing(all) {
  const found = [];
  for (const [file, text] of all) {
    if (!/\.(cpp|mjs)$/.test(file) || file.startsWith("tests/conventions/")) continue;
    text.split("\n").forEach((line, i) => {
      if (/GTEST_SKIP|\bDISABLED_|\b(test|it|describe)\.(skip|todo|only)\(|\bx(it|describe)\(/.test(line)) found.push(`${file}:${i + 1} leaves a test out: ${line.trim()}`);
    });
  }
  return found;
}

// ---- Tables and columns say what they hold

function tablesAreExplained(all) {
  const found = [];
  for (const [file, text] of all) {
    if (!/^src\/[a-z]+\/migrations\/.*\.sql$/.test(file)) continue;
    const lines = text.split("\n");
    let table = "";
    lines.forEach((line, i) => {
      const opened = /^\s*create (?:virtual )?table (?:if not exists )?([a-z_]+)/i.exec(line);
      const above = (lines[i - 1] ?? "").trim();
      if (opened) {
        if (!above.startsWith("--")) found.push(`${file}:${i + 1} table ${opened[1]} has no comment above it`);
        table = /\)\s*;/.test(line) ? "" : opened[1];
        return;
      }
      if (table && /^\s*\)/.test(line)) { table = ""; return; }
      const added = /^\s*alter table ([a-z_]+) add (?:column )?([a-z_]+)/i.exec(line);
      const column = added ? added[2] : table && /^\s{2,}([a-z_]+)\s+(bigint|integer|text|double|blob|bytea|boolean|smallint|int|real|numeric)/i.exec(line)?.[1];
      if (column && !line.includes("--") && !above.startsWith("--")) found.push(`${file}:${i + 1} column ${added ? added[1] : table}.${column} has no comment`);
    });
  }
  return found;
}

// ---- Every room has its tests in the check

function scriptsAreRun(all) {
  return [...all.keys()]
    .filter((name) => /\.sh$|^\.ci\/run$/.test(name))
    .filter((name) => (statSync(join(top, name)).mode & 0o111) === 0)
    .map((name) => `${name} may not be executed: chmod +x`);
}

const rules = [
  ["rooms lean one way", directions, ["src/base/planted.cpp", '#include "cases/cases.hpp"\n']],
  ["features are entered by their public header", publicHeaders, ["src/analysis/planted.cpp", '#include "cases/case_store.hpp"\n']],
  ["no circles among the rooms", noCircles, ["src/subjects/planted.cpp", '#include "cases/cases.hpp"\n']],
  ["rooms are known to this check", roomsAreKnown, ["src/planted/planted.cpp", ""]],
  ["no host of packages, no path of one machine", namesNothingForbidden, ["docs/planted.md", "copy it from /work/shared/data\n"]],
  ["no test is left out", skipsNothing, ["src/base/planted_test.cpp", 'GTEST_SKIP() << "later";\n']],
  ["tables and columns are explained", tablesAreExplained, ["src/cases/migrations/0999_planted.sql", "create table planted (\n    a bigint not null\n);\n"]],
];
const tally = new Tally();
tally.report("the repository is read", files.size > 150 ? [] : [`${files.size} files only`]);
for (const [what, rule, [name, text]] of rules) {
  const clean = rule(files);
  const planted = rule(new Map([...files, [name, text]]));
  tally.report(`${what}: a planted mistake is seen`, planted.length > clean.length ? [] : [`${name} went through`]);
  tally.report(what, clean);
}
tally.report("scripts may be executed", scriptsAreRun(files));
tally.close();
