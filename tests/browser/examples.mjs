// Pages that are there only after somebody has done something. Each is brought about on the pages, as a user would; answered are the addresses that
// this led to: {who, path, alone}. `alone`: opened by somebody who has not signed in. `who` walks on from there.
import { Person } from "../journeys/people.mjs";

const officer = "officer@scarborough.example", manager = "manager@scarborough.example", police = "police@scarborough.example", admin = "admin@nycsp.example";

/** The address in the window, without the server's name. */
const here = (person) => {
  const at = new URL(person.page.url());
  return at.pathname + at.search;
};
/** The first case that he leads. */
async function ownCase(person) {
  await person.opens("/cases?lead=me");
  const path = await person.page.locator("main a[href^='/cases/']").first().getAttribute("href");
  return path.split("/")[2];
}

/** A report is begun and left at each of its steps; a second one about the same person, with what the first makes a likely match. */
async function reports(person) {
  const found = [];
  const victim = { role: "victim", given_name: "Tegan", family_name: "Winterbourne", date_of_birth: "4/2/1991", address: "3 Quay Street", postcode: "YO11 1PL", safe_to_contact: "yes" };
  const at = () => found.push({ who: person.email, path: here(person) });
  for (const sent of [true, false]) {
    await person.opens("/referrals/new");
    await person.fills({ channel: "phone", source_agency: "public", consent_to_share: "yes" });
    await person.sends("Save and go on");
    await person.fills(victim);
    await person.sends("Check for matches");
    at();
    if (!sent) await person.sends(/^Use this person/);
    await person.sends("Save and go on");
    await person.fills({ place_text: "3 Quay Street", place_postcode: "YO11 1PL", behaviour_type: ["b04"], narrative: "Music until three in the night, and shouting on the stairs", ongoing_now: "yes" });
    if (!sent) at();
    await person.sends("Save and go on");
    if (!sent) at();
    await person.sends("Save and go on");
    at();
    if (sent) {
      await person.sends("Send to the hub");
      at();
    }
  }
  return found;
}

/** An information request that waits, as its asker and as its holder see it. */
async function request(person, holder) {
  const reference = await ownCase(person);
  await person.opens(`/cases/${reference}/information-requests/new`);
  await person.fills({ holder: "label:North Yorkshire Police", asked_for: "Logs of the address since January", purpose: "prevent_crime_disorder", gateway: "cda_s115",
    necessity: "To know how often it happened before we speak to him" });
  await person.sends("Send the request");
  const path = await person.page.locator(`main a[href^='/cases/${reference}/information-requests/']:not([href$='/new'])`).last().getAttribute("href");
  return [{ who: person.email, path }, { who: holder.email, path }];
}

/** A task that was declined, one that is done, a document, and a note without words: the case page in its other states. */
async function tasks(person) {
  const reference = await ownCase(person);
  for (const [title, change, words] of [["Fit a brace to the door", "done", "Fitted"], ["Light the stairs", "decline", "The stairs are not ours"], ["Speak with the caretaker", "", ""]]) {
    await person.opens(`/cases/${reference}/tasks/new`);
    await person.fills({ title, agency: "label:Coast Homes (invented housing provider)", due: "+5" });
    await person.sends("Add the task");
    if (change !== "") {
      const row = person.page.locator("main li").filter({ hasText: title }).locator(`a[href$='/${change}']`).first();
      await person.opens(await row.getAttribute("href"));
      await person.fills({ result: words });
      await person.sends(change === "done" ? "Done" : "Decline");
    }
  }
  await person.opens(`/cases/${reference}`);
  await person.page.locator("main input[type=file]").setInputFiles({ name: "Diary of the nights.txt", mimeType: "text/plain", buffer: Buffer.from("Monday: shouting from ten to two.\n") });
  await person.sends("Upload");
  return [{ who: person.email, path: `/cases/${reference}` }];
}

/** A case is restricted to its manager and an officer: both are asked why they look. */
async function restricted(person) {
  await person.opens("/cases?hub=scarborough");
  const paths = await person.page.locator("main a[href^='/cases/']").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  const path = paths.at(-1);
  await person.opens(`${path}/restriction`);
  const name = await person.page.locator("[data-cc=me] a").last().innerText();
  await person.fills({ restriction: "restricted", named: [`label:${name}`], reason: "A member of staff is a neighbour of the family" });
  await person.sends("Save the restriction");
  if (!here(person).startsWith("/reason")) throw new Error(`a restricted case is shown without a reason: ${here(person)}`);
  return [{ who: person.email, path: here(person) }];
}

/** The administrator makes a link with which somebody new chooses a password. */
async function passwordLink(person) {
  await person.opens("/admin/users/new");
  await person.fills({ name: "Wren Example", email: "wren@partner.example", agency: "label:Coast Homes (invented housing provider)", roles: ["partner_user"] });
  await person.sends("Add the user");
  const path = here(person);
  await person.sends("Make a link to choose a password");
  const link = new URL((await person.page.locator("main code").first().innerText()).trim());
  return [{ who: person.email, path }, { who: person.email, path: link.pathname + link.search, alone: true }];
}

/** Somebody is recorded after the search, with one item in each list; an organisation with that person in it; a relationship that is being looked for. */
async function records(person) {
  await person.opens("/people/new");
  await person.fills({ given_name: "Morwenna", family_name: "Tresco", date_of_birth: "about 1990", address: "3 Quay Street", postcode: "YO11 1PL", phone: "07700 900444" });
  await person.sends("Check for matches");
  await person.sends(/^Add Morwenna Tresco/);
  const path = new URL(person.page.url()).pathname, id = path.split("/")[2];
  const found = [{ who: person.email, path }];
  const adds = async (list, answers) => {
    await person.opens(`${path}/${list}/new`);
    await person.fills(answers);
    await person.sends("Save");
  };
  await adds("contact-rules", { rule: "no_message", words: "Her mother shares the telephone" });
  await adds("identifiers", { kind: "tenancy", value: "T-1234", issuer: "Coast Homes" });
  await adds("names", { kind: "known_as", given_name: "Wenna", family_name: "Tresco" });
  // Recorded under another name, then corrected: perhaps the same person, to be compared.
  await person.opens("/people/new");
  await person.fills({ given_name: "Zilpah", family_name: "Quorn" });
  await person.sends("Check for matches");
  await person.sends(/^Add Zilpah Quorn/);
  const twin = new URL(person.page.url()).pathname;
  await person.opens(`${twin}/edit`);
  await person.fills({ given_name: "Morwenna", family_name: "Tresco", phone: "07700 900444" });
  await person.sends("Save");
  found.push({ who: person.email, path: twin });
  const reference = await ownCase(person);
  await person.opens(`/cases/${reference}`);
  const other = (await person.page.locator("#people a[href^='/people/']").first().getAttribute("href")).split("/")[2];
  await person.opens(`/people/${other}`);
  const words = await person.page.locator("h1").innerText();
  await person.opens(`${path}/relationships/new`);
  await person.fills({ kind: "neighbour_of", find: words });
  await person.sends("Find");
  await person.fills({ other });
  await person.sends("Save");
  await person.opens("/organisations/new");
  await person.fills({ name: "Friends of Quay Street", kind: "residents", address: "3 Quay Street", postcode: "YO11 1PL" });
  await person.sends("Look and record");
  const organisation = new URL(person.page.url()).pathname;
  await person.opens(`${organisation}/members/new`);
  await person.fills({ find: "Tresco" });
  await person.sends("Find");
  await person.fills({ person: id, role: "member" });
  await person.sends("Save");
  found.push({ who: person.email, path: organisation });
  return found;
}

export async function makeExamples(browser, server) {
  const people = {};
  for (const who of [officer, manager, police, admin]) people[who] = await Person.arrives(browser, server, who, { scripts: false });
  const found = [
    ...(await reports(people[officer])),
    ...(await request(people[officer], people[police])),
    ...(await tasks(people[officer])),
    ...(await records(people[officer])),
    ...(await restricted(people[manager])),
    ...(await passwordLink(people[admin])),
  ];
  for (const one of Object.values(people)) await one.leaves();
  return found;
}
