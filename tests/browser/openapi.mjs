// The API's document under the rules "recommended-strict" of Redocly, and against the route table.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { concord, keep, serve, Tally } from "./concord.mjs";

const tally = new Tally();
const server = await serve();
try {
  const answer = await fetch(`${server.base}/api/v1/openapi.json`);
  const text = await answer.text();
  const file = keep("openapi.json", text);
  const config = keep("redocly.yaml", "extends:\n  - recommended-strict\n");
  const packages = createRequire(import.meta.url);
  const linter = join(dirname(packages.resolve("@redocly/cli/package.json")), "bin/cli.js");
  const ran = spawnSync(process.execPath, [linter, "lint", file, "--config", config, "--format=stylish"],
    { encoding: "utf8", env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" } });
  tally.report("the linter finds nothing", ran.status === 0 ? [] : (ran.stdout + ran.stderr).split("\n"));
  const document = JSON.parse(text);
  const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`)).sort();
  const routes = JSON.parse(concord("routes")).filter((r) => r.pattern.startsWith("/api/")).map((r) => `${r.method} ${r.pattern}`).sort();
  tally.report("every route of the API is described", routes.filter((r) => !described.includes(r)));
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map((o) => o.operationId);
  tally.report("every operation has a name of its own", ids.filter((id, i) => !id || ids.indexOf(id) !== i));
} catch (error) {
  tally.report("the API's document", [error.stack ?? String(error)]);
} finally {
  await server.stop();
}
tally.close();
