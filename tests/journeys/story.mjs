// The story that a hub's work is measured by, as three agencies on their pages: a resident is abused by a named youth, tells the landlord, the police and
// then the hub; the hub matches, triages, opens a case, works it with the police and the housing provider, and closes it four months later.
//   node tests/journeys/story.mjs        without scripts, then with them; CONCORD_BUILD names the build folder
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { concord, copyOfDemonstration, launch, serve, Tally, top } from "../browser/concord.mjs";
import { Person } from "./people.mjs";

const tally = new Tally();
const browser = await launch();
const day = 24 * 3600 * 1000;
const officer = "officer@scarborough.example", manager = "manager@scarborough.example", police = "police@scarborough.example", housing = "housing@partner.example";
const york = "officer@york.example", children = "social-care@partner.example";

async function story(scripts) {
  const how = scripts ? "with scripts" : "without scripts";
  const copy = copyOfDemonstration();
  // A morning at work, some days ahead of the demonstration: Tuesday, so that "the next working day" is Wednesday.
  const start = new Date(Date.now() + 3 * day);
  while (start.getUTCDay() !== 2) start.setTime(start.getTime() + day);
  start.setUTCHours(10, 0, 0, 0);
  let server;
  const desks = {};
  let going = true;
  const at = async (days) => {
    for (const who of Object.keys(desks)) { await desks[who].leaves(); delete desks[who]; }
    if (server) await server.stop();
    server = await serve({ ...copy, kept: true }, ["--now", new Date(start.getTime() + days * day).toISOString().replace(".000", "")]);
  };
  const of = async (email) => (desks[email] ??= await Person.arrives(browser, server, email, { scripts }));
  const iso = (days) => new Date(start.getTime() + days * day).toISOString().slice(0, 10);
  const typed = (days) => iso(days).split("-").reverse().map(Number).join("/");
  const step = async (what, act) => {
    if (!going) return tally.report(`${how}: ${what}`, ["not reached: a step before it failed"]);
    try {
      await act();
      tally.report(`${how}: ${what}`);
    } catch (error) {
      going = false;
      tally.report(`${how}: ${what}`, [error.stack.split("\n").slice(0, 6).join(" ")]);
    }
  };
  let ref = "", second = "", third = "";
  const victim = { role: "victim", given_name: "Kerensa", family_name: "Thistlewood", date_of_birth: "3/11/1987", address: "14 Trafalgar Court", postcode: "YO12 7QP", phone: "07700 900417", safe_to_contact: "yes" };
  const source = (channel, agency) => ({ channel, source_agency: agency, consent_to_share: "yes" });
  const what = (narrative, kinds = ["b01"]) => ({ place_text: "Trafalgar Court", behaviour_type: kinds, narrative, ongoing_now: "no" });

  try {
    await step("the real month of police data is imported", async () => {
      const folder = join(top, "partnerships/north-yorkshire/data/police-crime");
      const file = readdirSync(folder).filter((n) => n.endsWith(".csv.gz")).sort().at(-1);
      const said = concord("import", "police-crime", join(folder, file), "--db", copy.db);
      if (!/[1-9]\d{2,}/.test(said)) throw new Error(`the import tells no number of rows: ${said}`);
    });
    await at(0);
    await step("the landlord's report is taken down", async () => {
      const one = await of(officer);
      const r = await one.reports({ source: source("email", "rp"), person: victim, what: what("The tenant was shouted at and followed by a youth from the next block") });
      await one.opens(`/referrals/${r}`);
      await one.reads("followed by a youth", "Kerensa Thistlewood");
    });
    await at(30);
    await step("the police's report finds the same person", async () => {
      const one = await of(officer);
      await one.reports({ source: source("101", "pol"), person: victim, known: true, what: what("Called at 22:40: the same youth spat at her door and swore at her") });
    });
    await at(69);
    await step("an answer that lacks things keeps what was typed and says what is missing", async () => {
      const one = await of(officer);
      await one.opens("/referrals/new");
      await one.fills({ channel: "phone", referrer_name: "Kerensa Thistlewood" });
      await one.presses("Save and go on");
      if (one.status !== 422) throw new Error(`status ${one.status}`);
      if ((await one.page.locator("[name=referrer_name]").inputValue()) !== "Kerensa Thistlewood") throw new Error("the words are lost");
      if ((await one.page.locator(".govuk-error-summary").count()) !== 1) throw new Error("no summary of what is wrong");
    });
    await step("the phone rings: the third report in 70 days is matched and sent", async () => {
      const one = await of(officer);
      third = await one.reports({ source: source("phone", "public"), person: victim, known: true,
        what: what("A youth called Kyle shouts at her every evening and threatens her children. She is afraid to go out.", ["b01", "b02"]) });
    });
    await step("triage opens a case", async () => {
      const one = await of(officer);
      await one.opens(`/referrals/${third}/triage`);
      await one.reads("afraid to go out");
      await one.fills({ decision: "accept_new" });
      await one.sends("Continue");
      await one.fills({ title: "Abuse and threats by a youth, Trafalgar Court", threat: "significant", harm: "moderate", risk: "likely", investigation: "visit",
        vulnerability: "yes_temp", vulnerability_factors: ["repeat", "escalating"], repeat: "yes", grade: "priority" });
      await one.sends("Accept as a new case");
      ref = /\/cases\/([A-Z0-9-]+)/.exec(one.page.url())?.[1] ?? "";
      if (!ref) throw new Error(`no case was opened: ${one.page.url()}`);
      await one.reads("Abuse and threats by a youth", "Kerensa Thistlewood", "Priya Nair");
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
      await one.reads(/High/, /22/);
    });
    await step("a plan without words is refused, and with them work starts; one person is her point of contact", async () => {
      const one = await of(officer);
      await one.does(ref, "start_work", { summary: "", next_review: "" });
      if (one.status < 400) throw new Error(`an empty plan was taken: ${one.status}`);
      await one.did(ref, "start_work", { summary: "Stop the abuse and the threats, and let her feel safe at her own door", next_review: typed(83) });
      await one.opens(`/cases/${ref}`);
      await one.reads("Active", "single point of contact");
    });
    await step("landlord, school and youth justice are asked to act", async () => {
      const one = await of(officer);
      await one.did(ref, "refer_partners");
      await one.opens(`/cases/${ref}`);
      await one.reads(/landlord/i, /school/i, /youth justice/i);
      await one.opens(`/cases/${ref}/tasks/new`);
      await one.fills({ title: "Visit both flats and speak with the family", agency: "label:Coast Homes (invented housing provider)", due: "+5" });
      await one.sends(/./);
      await one.reads("Visit both flats");
    });
    await step("another hub's officer finds nothing", async () => {
      const one = await of(york);
      await one.opens(`/cases/${ref}`, 404);
      await one.opens("/search?q=Thistlewood");
      await one.doesNotRead("Abuse and threats by a youth");
    });
    await step("the police read the case and add what they saw", async () => {
      const one = await of(police);
      await one.opens("/my-work");
      await one.opens(`/cases/${ref}`);
      await one.fills({ text: "Two patrols spoke with the group at the garages; Kyle gave his name and his mother's number", kind: "note" });
      await one.sends("Save note");
      await one.reads("Two patrols spoke with the group");
    });
    await step("the housing provider finds its task, does it, and says what was done", async () => {
      const one = await of(housing);
      await one.opens("/my-work");
      await one.reads(ref);
      await one.opens(`/cases/${ref}`);
      await one.finishes(ref, "Visit both flats", "Visited both flats; the youth and his mother signed a contract about the stairs and the door");
      await one.opens(`/cases/${ref}`);
      await one.reads("signed a contract about the stairs");
    });
    await step("children's services are asked, refuse in part, and it is on the record", async () => {
      const one = await of(officer);
      await one.opens(`/cases/${ref}/information-requests/new`);
      await one.fills({ holder: "label:North Yorkshire Council, Children's Social Care", asked_for: "Whether there is a worker, and whom to ring", purpose: "safeguard_child", gateway: "cda_s115",
        necessity: "Without it two services would work with one family apart, and the children be missed" });
      await one.sends("Send the request");
      await one.reads("whom to ring");
      const social = await of(children);
      await social.opens(`/cases/${ref}`);
      const answers = social.page.locator(`main a[href*="/information-requests/"]:not([href$="/new"])`).first();
      await Promise.all([social.page.waitForNavigation({ waitUntil: "load" }), answers.click()]);
      await social.fills({ state: "part", reason: "There is a worker; the history is refused as not necessary for this purpose" });
      await social.sends("Save the answer");
      await one.opens(`/cases/${ref}`);
      await one.reads(/refused/i);
    });
    await step("a second harmed person's report is linked to the case", async () => {
      const one = await of(officer);
      second = await one.reports({ source: source("phone", "public"), person: { role: "victim", given_name: "Osric", family_name: "Penhallow", address: "16 Trafalgar Court", postcode: "YO12 7QP", safe_to_contact: "yes" },
        what: what("The same youth banged on his windows and laughed at him") });
      await one.opens(`/referrals/${second}/triage?decision=accept_link`);
      await one.fills({ case: ref, reason: "The same youth, the next door" });
      await one.sends("Add to a case that is open");
      await one.opens(`/cases/${ref}`);
      await one.reads("Osric Penhallow");
    });
    await at(130);
    await step("it is quiet: the risk is assessed again and is standard; the open tasks are done", async () => {
      const one = await of(officer);
      await one.fillsForm(ref, "victim_risk", { q1: "0", q2: "yes", q3: "no", q4: "sight", q5: "no", q7: "me", q8: "no", q9: "no", q10: "1", q12: "few" });
      await one.does(ref, "propose_closure", { code: "c02", reason: "Nobody has reported anything for six weeks", based_on: "victim", victim_told: "yes", victim_view: "She is content", lessons: "The contract worked because school was in it" });
      await one.reads("Finish or cancel the open tasks first");
      for (let left = 8; left > 0; --left) {
        await one.opens(`/cases/${ref}`);
        if ((await one.page.locator("main a[href^='/tasks/'][href$='/done']").count()) === 0) break;
        await one.finishes(ref, "", "Done and told to everybody on the case");
      }
    });
    await step("the right to a case review is explained and recorded; closure is proposed", async () => {
      const one = await of(officer);
      await one.did(ref, "explain_case_review", { how: "visit", live: "no" });
      await one.did(ref, "propose_closure", { code: "c02", reason: "Nobody has reported anything for six weeks", based_on: "victim", victim_told: "yes", victim_view: "She is content", lessons: "The contract worked because school was in it" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Waiting for closure");
    });
    await step("it was high once: only the hub's manager closes it", async () => {
      const sergeant = await of(police);
      await sergeant.opens(`/cases/${ref}`);
      await sergeant.reads(/only the hub manager can close it|Only a supervisor/i);
      const one = await of(manager);
      await one.did(ref, "approve_closure", { note: "Agreed after reading the diary sheets" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Closed");
    });
    await at(157);
    await step("after 28 days it held", async () => {
      const one = await of(officer);
      await one.did(ref, "follow_up", { outcome: "held", satisfied: "yes" });
      await one.opens(`/cases/${ref}`);
      await one.reads("Closed");
    });
    await step("everything is found again", async () => {
      const one = await of(officer);
      await one.opens("/search?q=Thistlewood");
      await one.reads("Kerensa Thistlewood");
      await one.opens(`/search?q=${ref}`);
      await one.opens("/search?q=afraid+to+go+out");
      await one.opens(`/cases/${ref}`);
      await one.reads("Abuse and threats by a youth", "Two patrols spoke with the group", "signed a contract about the stairs");
    });
    await step("the ledger holds: it verifies, and rebuilds to the same tables", async () => {
      for (const who of Object.keys(desks)) { await desks[who].leaves(); delete desks[who]; }
      await server.stop();
      if (!JSON.parse(concord("verify", "--db", copy.db)).ok) throw new Error("verify finds a broken chain");
      const unequal = JSON.parse(concord("rebuild", "--check", "--db", copy.db)).tables.filter((t) => !t.equal);
      if (unequal.length > 0) throw new Error(unequal.map((t) => t.table).join(", "));
    });
  } finally {
    for (const who of Object.keys(desks)) await desks[who].window.close();
    await server?.stop({ remove: true });
  }
}

try {
  for (const scripts of (process.env.JOURNEY_SCRIPTS ? [process.env.JOURNEY_SCRIPTS === "on"] : [false, true])) await story(scripts);
} catch (error) {
  tally.report("the story", [error.stack ?? String(error)]);
} finally {
  await browser.close();
}
tally.close();
