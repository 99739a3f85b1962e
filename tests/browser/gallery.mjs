// The pages of all components that web_test writes where CONCORD_GALLERY names a folder, checked as every page is.
//   node tests/browser/gallery.mjs FOLDER
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, Tally } from "./concord.mjs";
import { checkPage } from "./page_checks.mjs";

const gallery = resolve(process.argv[2]);
const tally = new Tally();
const browser = await launch();
try {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const scripted = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  for (const name of readdirSync(gallery).filter((n) => n.endsWith(".html")).sort())
    await checkPage(tally, name, pathToFileURL(join(gallery, name)).href, { plain, scripted });
} catch (error) {
  tally.report("the gallery", [error.stack ?? String(error)]);
} finally {
  await browser.close();
}
tally.close();
