// The story that a hub's work is measured by (hub casework, section 15), as its agencies live it on their pages, after a real month of police data was
// imported: a resident is abused by a named youth, tells the landlord, the police and then the hub; the hub matches, triages, opens a case, works it with
// the police, the housing provider and children's services, reviews it, closes it four months later and asks again after 28 days.
//   node tests/journeys/story.mjs [plain] [keyboard]     plain: without scripts; keyboard: with scripts, and nothing is clicked. Both where none is named.
// CONCORD_BUILD names the build folder; CONCORD_ENGINE=postgresql the other database.
import { join } from "node:path";
import { concord, concordIn, copyOfDemonstration, launch, serve, Tally, top } from "../browser/concord.mjs";
import { Person } from "./people.mjs";

const tally = new Tally();
const browser = await launch();
const day = 24 * 3600 * 1000;
const officer = "officer@scarborough.example", manager = "manager@scarborough.example", police = "police@scarborough.example", housing = "housing@partner.example";
const york = "officer@york.example", children = "social-care@partner.example", coordinator = "coordinator@nycsp.example", analyst = "analyst@nycsp.example";
const month = { file: "2025-06-north-yorkshire-street.csv.gz", words: "June 2025" };
const landlord = "Coast Homes (invented housing provider)";
const engine = process.env.CONCORD_ENGINE === "postgresql" ? "PostgreSQL" : "SQLite";

async function story(keyboard) {
  const how = `${engine}, ${keyboard ? "by keyboard" : "without scripts"}`;
  const copy = copyOfDemonstration();
  // A morning at work, some days ahead of the demonstration: Tuesday, so that "the next working day" is Wednesday.
  const start = new Date(Date.now() + 3 * day);
  while (start.getUTCDay() !== 2) start.setTime(start.getTime() + day);
  start.setUTCHours(10, 0, 0, 0);
  const began = Date.now();
  let server;
  const desks = {};
  let going = true;
  const at = async (days) => {
    for (const who of Object.keys(desks)) { await desks[who].leaves(); delete desks[who]; }
    if (server) await server.stop();
    server = await serve({ ...copy, kept: true }, ["--now", new Date(start.getTime() + days * day).toISOString().replace(".000", "")]);
  };
  const of = async (email) => (desks[email] ??= await Person.arrives(browser, server, email, { scripts: keyboard, keyboard }));
  const typed = (days) => new Date(start.getTime() + days * day).toISOString().slice(0, 10).split("-").reverse().map(Number).join("/");
  const step = async (what, act) => {
    if (!going) return tally.report(`${how}: ${what}`, ["not reached: a step before it failed"]);
    try {
      await act();
      tally.report(`${how}: ${what}`);
      if (process.env.CONCORD_TELL) console.log(`${((Date.now() - began) / 1000).toFixed(0)} s  ${what}`);
    } catch (error) {
      going = false;
      tally.report(`${how}: ${what}`, [error.stack.split("\n").filter((line, i) => i < 2 || line.includes(".mjs:")).join(" ")]);
    }
  };
  /** What the coordination group counts: open cases of the hub, as whoever reads the figures sees them. */
  const openCases = async () => {
    const one = await of(analyst);
    await one.opens("/hubs");
    const cells = await one.page.locator("main tr", { hasText: "Scarborough" }).locator("td").allInnerTexts();
    return Number(cells[1].replace(/\D+/g, ""));
  };
  const expect = (held, words) => { if (!held) throw new Error(words); };
  const victim = { role: "victim", given_name: "Kerensa", family_name: "Thistlewood", date_of_birth: "3/11/1987", address: "14 Trafalgar Court", postcode: "YO12 7QP", phone: "07700 900417", safe_to_contact: "yes" };
  const source = (channel, agency) => ({ channel, source_agency: agency, consent_to_share: "yes" });
  const what = (narrative, kinds = ["b01"]) => ({ place_text: "14 Trafalgar Court", place_postcode: "YO12 7QP", behaviour_type: kinds, narrative, ongoing_now: "no" });
  const closing = { code: "c02", reason: "Nobody has reported anything for six weeks", based_on: "victim", victim_told: "yes", victim_view: "She is content, and sleeps again", lessons: "The contract worked because school was in it" };
  const diary = Buffer.from("Diary sheet 1\nMonday, ten to two in the night: shouting below the window. The little one woke up.\n");
  let first = "", second = "", third = "", neighbour = "", ref = "", before = 0;

  try {
    await step("the real month of police data is imported, once", async () => {
      const file = join(top, "partnerships/north-yorkshire/data", month.file);
      const said = JSON.parse(concordIn(copy.own, "import", "police-crime", file, "--json", "--db", copy.db)).files[0];
      expect(said.new > 1000 && said.refused.length === 0, `the import says ${JSON.stringify(said).slice(0, 300)}`);
      const again = JSON.parse(concordIn(copy.own, "import", "police-crime", file, "--json", "--db", copy.db)).files[0];
      expect(again.new === 0 && again.replaced === 0, `imported again it says ${JSON.stringify(again).slice(0, 300)}`);
    });
    await at(0);
    await step("the month is on the hub's page, by type and beside the year before", async () => {
      const one = await of(manager);
      await one.opens("/hubs/scarborough");
      await one.reads(`Police-recorded crime by type, ${month.words}`, "Anti-social behaviour", "data.police.uk");
      before = await openCases();
    });
    await step("the landlord's report is taken down", async () => {
      const one = await of(officer);
      first = await one.reports({ source: source("email", "rp"), person: victim, what: what("The tenant was shouted at and followed by a youth from the next block") });
      await one.opens(`/referrals/${first}`);
      await one.reads("followed by a youth", "Kerensa Thistlewood");
    });
    await at(30);
    await step("the police's report finds the same person", async () => {
      const one = await of(officer);
      second = await one.reports({ source: source("101", "pol"), person: victim, known: true, what: what("Called at 22:40: the same youth spat at her door and swore at her") });
    });
    await at(69);
    await step("an answer that lacks things keeps what was typed and says what is missing", async () => {
      const one = await of(officer);
      await one.opens("/referrals/new");
      await one.fills({ channel: "phone", referrer_name: "Kerensa Thistlewood" });
      await one.presses("Save and go on");
      expect(one.status === 422, `status ${one.status}`);
      expect((await one.page.locator("[name=referrer_name]").inputValue()) === "Kerensa Thistlewood", "the words are lost");
      expect((await one.page.locator(".govuk-error-summary").count()) === 1, "no summary of what is wrong");
    });
    await step("the phone rings: the third report in 70 days is matched and sent", async () => {
      const one = await of(officer);
      await one.opens("/my-work");
      await one.sends("New referral");
      third = await one.reports({ source: source("phone", "public"), person: victim, known: true,
        what: what("A youth called Kyle shouts at her every evening and threatens her children. She is afraid to go out.", ["b01", "b02"]) });
    });
    await step("the report says that she is a repeat and a chronic victim, and by which reports", async () => {
      const one = await of(officer);
      await one.opens(`/referrals/${third}`);
      await one.reads("Repeat victim", "Chronic victim", first, second);
    });
    await step("it waits in the hub's list; another hub and a partner agency find nothing of it", async () => {
      const one = await of(officer);
      await one.opens("/referrals");
      await one.reads(third);
      for (const other of [york, housing]) {
        const they = await of(other);
        await they.opens(`/referrals/${third}`, 404);
        await they.opens("/search?q=Thistlewood");
        await they.doesNotRead("Kerensa", third);
      }
    });
    await step("triage opens a case", async () => {
      const one = await of(officer);
      await one.opens(`/referrals/${third}`);
      await one.sends(/^Triage/);
      await one.reads("afraid to go out");
      await one.fills({ decision: "accept_new" });
      await one.sends("Continue");
      await one.fills({ title: "Abuse and threats by a youth, Trafalgar Court", threat: "significant", harm: "moderate", risk: "likely", investigation: "visit",
        vulnerability: "yes_temp", vulnerability_factors: ["repeat", "escalating"], repeat: "yes" });
      await one.sends("Accept as a new case");
      ref = /\/cases\/([A-Z0-9-]+)/.exec(one.page.url())?.[1] ?? "";
      expect(ref !== "", `no case was opened: ${one.page.url()}`);
      await one.reads("Abuse and threats by a youth", "Kerensa Thistlewood", "Priya Nair", "Repeat victim", "Chronic victim");
    });
    await step("the group's figure of open cases has changed by exactly one", async () => {
      const now = await openCases();
      expect(now === before + 1, `${before} before, ${now} now`);
    });
    await step("work may not start before the first contact and the risk", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}`);
      await one.reads("Try to reach the harmed person first");
    });
    await step("the harmed person is rung, and her risk assessed: 22 of 35, high", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}`);
      await one.fills({ text: "Rang her: she keeps a diary, and will not open the door after dark", kind: "contact", with: "victim", outcome: "made" });
      await one.sends("Save note");
      await one.reads("will not open the door after dark");
      await one.fillsForm(ref, "victim_risk", { q1: "2", q2: "yes", q3: "yes", q4: "sight", q5: "reputation", q7: "me", q8: "no", q9: "yes", q10: "3", q11: ["mental"], q12: "few", q13: ["children"] });
      await one.opens(`/cases/${ref}`);
      await one.reads("High, 22 of 35");
    });
    if (keyboard) await step("a note that is typed and never saved is there again", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}`);
      await one.fills({ text: "Half a sentence about the garages" });
      await one.page.locator("[data-cc=saved]", { hasText: "Draft saved" }).first().waitFor();
      await one.opens("/my-work");
      await one.opens(`/cases/${ref}`);
      expect((await one.page.locator("main [name=text]").inputValue()) === "Half a sentence about the garages", "the note is lost");
    });
    await step("a plan without words is refused, one of a high risk without a named contact too; with them work starts", async () => {
      const one = await of(officer);
      await one.does(ref, "start_work", { summary: "", next_review: "" });
      expect(one.status === 422, `an empty plan: status ${one.status}`);
      const plan = { summary: "Stop the abuse and the threats, and let her feel safe at her own door", next_review: typed(83) };
      await one.does(ref, "start_work", plan);
      expect(one.status === 422, `a high risk without a contact: status ${one.status}`);
      await one.reads("single point of contact");
      await one.did(ref, "start_work", { ...plan, single_contact: "label:Priya Nair", safety: "A call every Monday and Friday, a door camera, patrols at school end" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Active", "single point of contact", "Priya Nair");
    });
    await step("the named youth joins the case as suspected, found or new", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}/involvements/new`);
      await one.fills({ role: "suspected", given_name: "Kyle", family_name: "Ravensworth", date_of_birth: "12/5/2010" });
      await one.sends("Check for matches");
      await one.sends("Add as a new person");
      await one.reads("K.R.", "Suspected"); // he is sixteen: lists show the initials of children
    });
    await step("landlord, school and youth justice are asked to act", async () => {
      const one = await of(officer);
      await one.did(ref, "refer_partners");
      await one.opens(`/cases/${ref}`);
      await one.reads(/landlord/i, /school/i, /youth justice/i);
      await one.opens(`/cases/${ref}/tasks/new`);
      await one.fills({ title: "Visit both flats and speak with the family", agency: `label:${landlord}`, due: "+5" });
      await one.sends("Add the task");
      await one.reads("Visit both flats");
    });
    await step("another hub's officer finds nothing: not the case, not the people, not by the program's door", async () => {
      const one = await of(york);
      await one.opens(`/cases/${ref}`, 404);
      await one.opens(`/cases/${ref}/access`, 404);
      await one.opens(`/cases/${ref}/tasks/new`, 404);
      await one.opens("/search?q=Thistlewood");
      await one.doesNotRead("Abuse and threats by a youth", "Kerensa");
      await one.opens(`/search?q=${ref}`);
      await one.doesNotRead("Abuse and threats by a youth");
      await one.opens("/records?q=Ravensworth");
      await one.doesNotRead("Kyle");
      await one.asks("GET", `/api/v1/cases/${ref}`, undefined, 404);
    });
    await step("a diary sheet is put on the case; a program in disguise is refused with a sentence", async () => {
      const one = await of(officer);
      await one.uploads(ref, "Diary sheet 1.txt", "text/plain", diary);
      expect(one.status < 400, `status ${one.status}`);
      await one.reads("Diary sheet 1.txt");
      await one.uploads(ref, "Letter.pdf", "application/pdf", Buffer.from("\x7fELF\x02\x01\x01 not a letter at all"));
      expect(one.status === 415, `a program: status ${one.status}`);
      await one.reads("There is a problem");
    });
    await step("the police read the case and the diary, and add what they saw", async () => {
      const one = await of(police);
      await one.opens(`/cases/${ref}`);
      const sheet = await one.downloads("Diary sheet 1.txt");
      expect(sheet.status === 200 && sheet.bytes.equals(diary), `the diary: status ${sheet.status}, ${sheet.bytes.length} bytes`);
      const other = await of(york);
      await other.opens(sheet.path, 404);
      await one.fills({ text: "Two patrols spoke with the group at the garages; Kyle gave his name and his mother's number", kind: "note" });
      await one.sends("Save note");
      await one.reads("Two patrols spoke with the group");
    });
    await step("the police are asked for their logs, and answer in full", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}/information-requests/new`);
      await one.fills({ holder: "label:North Yorkshire Police", asked_for: "Logs at the address in the last six months", purpose: "prevent_crime_disorder", gateway: "cda_s115", necessity: "Too short" });
      await one.presses("Send the request");
      expect(one.status === 422, `a thin reason: status ${one.status}`);
      await one.reads("necessary and proportionate");
      expect((await one.page.locator("[name=asked_for]").inputValue()) === "Logs at the address in the last six months", "what was asked for is lost");
      await one.fills({ necessity: "To know how often it happened before the family is spoken to, and by whom it was seen" });
      await one.sends("Send the request");
      const sergeant = await of(police);
      await sergeant.opens(`/cases/${ref}`);
      await sergeant.presses("Answer or withdraw");
      await sergeant.reads("Logs at the address in the last six months");
      await sergeant.fills({ state: "disclosed", reason: "Five logs; the last on the night of the call, with two witnesses named" });
      await sergeant.sends("Save the answer");
      await one.opens(`/cases/${ref}`);
      await one.reads("Five logs", "New since you were here");
    });
    await step("the housing provider finds its task in its list, and does it from there", async () => {
      const one = await of(housing);
      await one.opens("/my-work");
      await one.reads("Visit both flats", ref);
      const task = one.page.locator("main li", { hasText: "Visit both flats" });
      await one.follows(task.getByRole("button", { name: /^Accept/ }).or(task.getByRole("link", { name: /^Accept/ })).first());
      await one.sends("Accept");
      await one.opens(`/cases/${ref}`);
      await one.doesNotRead(third);
      await one.finishes(ref, "Visit both flats", "Visited both flats; the youth and his mother signed a contract about the stairs and the door");
      await one.opens(`/cases/${ref}`);
      await one.reads("signed a contract about the stairs");
      await one.does(ref, "propose_closure", closing);
      expect(one.status >= 400, `the landlord proposes closure: status ${one.status}`);
    });
    await step("children's services are asked, refuse in part, and it is on the record", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}/information-requests/new`);
      await one.fills({ holder: "label:North Yorkshire Council, Children's Social Care", asked_for: "Whether there is a worker, and whom to ring", purpose: "safeguard_child", gateway: "cda_s115",
        necessity: "Without it two services would work with one family apart, and the children be missed" });
      await one.sends("Send the request");
      await one.reads("whom to ring");
      const social = await of(children);
      await social.opens("/my-work");
      await social.reads("whom to ring");
      await social.opens(`/cases/${ref}`);
      await social.presses("Answer or withdraw");
      await social.fills({ state: "part", reason: "There is a worker; the history is refused as not necessary for this purpose" });
      await social.sends("Save the answer");
      await one.opens(`/cases/${ref}`);
      await one.reads("the history is refused");
    });
    await step("a second harmed person's report is linked to the case, and the place suggests a problem plan", async () => {
      const one = await of(officer);
      neighbour = await one.reports({ source: source("phone", "public"), person: { role: "victim", given_name: "Osric", family_name: "Penhallow", address: "16 Trafalgar Court", postcode: "YO12 7QP", safe_to_contact: "yes" },
        what: what("The same youth banged on his windows and laughed at him") });
      await one.opens(`/referrals/${neighbour}/triage?decision=accept_link`);
      await one.fills({ case: ref, reason: "The same youth, the next door" });
      await one.sends("Add to a case that is open");
      await one.opens(`/cases/${ref}`);
      await one.reads("Osric Penhallow", "Repeat location", "Consider a problem plan for this place");
    });
    await step("the place's page shows what police recorded near it in the month, and the people for those who may know them", async () => {
      const one = await of(officer);
      await one.opens(`/referrals/${third}`);
      await one.presses("What is known of this place");
      await one.reads(month.words, "Kerensa Thistlewood", ref);
      const path = new URL(one.page.url()).pathname;
      const other = await of(york);
      await other.opens(path);
      await other.reads(month.words);
      await other.doesNotRead("Kerensa", ref);
    });
    await at(83);
    await step("the review is recorded by the officer, and the manager looks at the high risk; who has looked is known", async () => {
      const one = await of(officer);
      await one.did(ref, "review", { found: "The contract holds; she has rung twice about music, not about threats", next_review: "+14" });
      const boss = await of(manager);
      await boss.did(ref, "manager_review", { found: "Agreed: keep the contract, school stays in it", next_review: "+14" });
      await boss.opens(`/cases/${ref}/readers`);
      await boss.reads("Aled Rees", "Sgt Dan Okafor", "Priya Nair");
      await boss.doesNotRead("Sam Field");
    });
    await at(130);
    await step("it is quiet: the risk is assessed again and is standard; closure waits for the open tasks", async () => {
      const one = await of(officer);
      await one.does(ref, "propose_closure", closing);
      await one.reads(/Finish or cancel the open tasks first|The risk is still high/);
      await one.fillsForm(ref, "victim_risk", { q1: "0", q2: "yes", q3: "no", q4: "sight", q5: "no", q7: "me", q8: "no", q9: "no", q10: "1", q11: [], q12: "few", q13: [] });
      await one.opens(`/cases/${ref}`);
      await one.reads("Standard, 8 of 35", "It was high before");
      await one.does(ref, "propose_closure", closing);
      await one.reads("Finish or cancel the open tasks first");
      for (let left = 8; left > 0; --left) {
        await one.opens(`/cases/${ref}`);
        if ((await one.page.locator("main a[href^='/tasks/'][href$='/done']").count()) === 0) break;
        await one.finishes(ref, "", "Done, and told to everybody on the case");
      }
    });
    await step("closure waits for the right to a case review, which is explained and recorded; then it is proposed", async () => {
      const one = await of(officer);
      await one.does(ref, "propose_closure", closing);
      await one.reads("Explain the right to an ASB case review");
      await one.did(ref, "explain_case_review", { how: "visit", live: "no" });
      await one.did(ref, "propose_closure", closing);
      await one.opens(`/cases/${ref}`);
      await one.reads("Waiting for closure");
    });
    await step("it was high once: only the hub's manager closes it", async () => {
      const sergeant = await of(police);
      await sergeant.opens(`/cases/${ref}`);
      await sergeant.reads("only the hub manager can close it");
      const one = await of(manager);
      await one.did(ref, "approve_closure", { note: "Agreed after reading the diary sheets" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Closed");
      const now = await openCases();
      expect(now === before, `${before} open cases before the story, ${now} after it`);
    });
    await at(158);
    await step("28 days later the follow-up is due in the officer's list, and it has held", async () => {
      const one = await of(officer);
      await one.opens("/my-work");
      await one.reads("Follow up after closure", ref);
      await one.did(ref, "follow_up", { outcome: "held", satisfied: "yes", words: "It has stayed quiet, and the children play outside again" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Closed");
      await one.opens("/my-work");
      await one.doesNotRead(`${ref}, Abuse`);
    });
    await step("everything is found again", async () => {
      const one = await of(officer);
      await one.opens("/search?q=Thistlewood");
      await one.reads("Kerensa Thistlewood");
      await one.opens(`/search?q=${ref}`);
      await one.opens("/search?q=contract+stairs");
      await one.reads(ref);
      await one.opens("/cases?state=closed");
      await one.reads(ref);
      await one.opens(`/cases/${ref}`);
      await one.reads("Abuse and threats by a youth", "Two patrols spoke with the group", "signed a contract about the stairs", "Five logs", "Diary sheet 1.txt");
    });
    await step("the ledger holds: it verifies, and rebuilds to the same tables", async () => {
      for (const who of Object.keys(desks)) { await desks[who].leaves(); delete desks[who]; }
      await server.stop();
      expect(JSON.parse(concord("verify", "--db", copy.db)).ok, "verify finds a broken chain");
      const unequal = JSON.parse(concord("rebuild", "--check", "--db", copy.db)).tables.filter((t) => !t.equal);
      expect(unequal.length === 0, unequal.map((t) => t.table).join(", "));
    });
  } finally {
    for (const who of Object.keys(desks)) await desks[who].window.close();
    await server?.stop({ remove: true });
  }
}

try {
  const runs = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ["plain", "keyboard"];
  for (const run of runs) await story(run === "keyboard");
} catch (error) {
  tally.report("the story", [error.stack ?? String(error)]);
} finally {
  await browser.close();
}
tally.close();
