// Makes build/assets: style, scripts, fonts and icons with a hash of the content in their names, and manifest.json (plain name -> hashed name).
// GOV.UK's fonts, crown and logotypes are never copied.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "build", "assets");
const manifest = {};
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const ending = extname(name);
  const hashed = `${name.slice(0, -ending.length)}-${hash}${ending}`;
  writeFileSync(join(out, hashed), content);
  manifest[name] = hashed;
}

const fonts = join(here, "node_modules/@fontsource-variable/atkinson-hyperlegible-next");
for (const [name, file] of [["ahn-latin.woff2", "latin"], ["ahn-latin-ext.woff2", "latin-ext"]]) {
  put(name, readFileSync(join(fonts, `files/atkinson-hyperlegible-next-${file}-wght-normal.woff2`)));
}
put("concord.svg", readFileSync(join(here, "src/concord.svg")));
const icons = join(here, "node_modules/@ministryofjustice/frontend/moj/assets/images");
for (const name of readdirSync(icons)) if (/^icon-.*\.svg$/.test(name)) put(name, readFileSync(join(icons, name)));

const style = sass.compile(join(here, "src/concord.scss"), { style: "compressed", loadPaths: [here], logger: sass.Logger.silent });
const css = style.css.replace(/url\((["']?)\/?([\w.-]+\.(?:svg|woff2|png))\1\)/g, (whole, _quote, name) => {
  if (/crest|logotype|crown/.test(name)) return "none"; // the rules of components that we do not use
  if (!manifest[name]) throw new Error(`concord.css names ${name}, which is not among the assets`);
  return `url(${manifest[name]})`;
});
put("concord.css", css);

for (const name of ["early", "core", "match"]) {
  const made = await esbuild.build({
    entryPoints: [join(here, `src/${name}.ts`)], bundle: true, minify: true, format: "iife", target: "es2022", write: false, legalComments: "none",
  });
  put(`${name}.js`, made.outputFiles[0].contents);
}
copyFileSync(join(fonts, "LICENSE"), join(out, "OFL.txt"));
copyFileSync(join(here, "src/LICENCES.txt"), join(out, "LICENCES.txt"));
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
console.log(`${Object.keys(manifest).length} files in ${out}`);
