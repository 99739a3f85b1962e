// What people do on pages: words for the journeys.
import { concord, password, signedIn } from "../browser/concord.mjs";

/** Somebody at a desk: signed in, one page open. */
export class Person {
  static async arrives(browser, server, email, { scripts }) {
    const one = new Person();
    Object.assign(one, { email, server, scripts });
    one.window = await signedIn(browser, server.base, email, { javaScriptEnabled: scripts });
    one.page = await one.window.newPage();
    one.wrong = [];
    one.page.on("pageerror", (error) => one.wrong.push(`script: ${error.message}`));
    return one;
  }
  async leaves() {
    await this.window.close();
    if (this.wrong.length > 0) throw new Error(this.wrong.join("; "));
  }
  async opens(path, status = 200) {
    const answer = await this.page.goto(this.server.base + path);
    if (answer.status() !== status) throw new Error(`${this.email} opens ${path}: status ${answer.status()}, ${status} expected: ${(await this.words()).slice(0, 300)}`);
    return this;
  }
  /** All words of main, also those that are folded away. */
  async words() {
    await this.page.evaluate(() => { for (const one of document.querySelectorAll("main details")) one.open = true; });
    return this.page.locator("main").innerText();
  }
  async reads(...expected) {
    const words = (await this.words()).replace(/\s+/g, " ");
    for (const one of expected)
      if (!(one instanceof RegExp ? one.test(words) : words.includes(one))) throw new Error(`${this.email} does not read ${one} at ${this.page.url()}: ${words.slice(0, 600)}`);
  }
  async doesNotRead(...unexpected) {
    const words = (await this.words()).replace(/\s+/g, " ");
    for (const one of unexpected) if (words.includes(one)) throw new Error(`${this.email} reads ${one} at ${this.page.url()}`);
  }
  /** Fills the form of main that has these fields, by their names; several values tick several boxes. */
  async fills(answers) {
    for (const [name, value] of Object.entries(answers)) {
      const all = this.page.locator(`main form [name="${name}"]:not([type=hidden])`);
      if ((await all.count()) === 0) throw new Error(`there is no field ${name} at ${this.page.url()}: ${(await this.words()).slice(0, 300)}`);
      const first = all.first();
      const [tag, type] = await first.evaluate((one) => [one.tagName, one.type]);
      if (type === "radio" || type === "checkbox") {
        for (const each of [value].flat()) {
          const one = each.startsWith("label:") ? this.page.locator("main form").getByLabel(each.slice(6), { exact: true }) : this.page.locator(`main form [name="${name}"][value="${each}"]`);
          await one.first().check({ force: true });
        }
      } else if (tag === "SELECT") {
        await first.selectOption(value.startsWith?.("label:") ? { label: value.slice(6) } : value);
      } else {
        await first.fill(value);
      }
    }
    return this;
  }
  /** Presses a button of main, or follows a link, by its words. */
  async presses(words) {
    const button = this.page.locator("main").getByRole("button", { name: words, exact: typeof words === "string" });
    const link = this.page.locator("main").getByRole("link", { name: words, exact: typeof words === "string" });
    const one = (await button.count()) > 0 ? button.first() : link.first();
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), one.click()]);
    this.status = answer?.status() ?? 0;
    return this;
  }
  /** Presses the button at the end of the form, and expects that it was taken. */
  async sends(words) {
    await this.presses(words);
    if (this.status >= 400) throw new Error(`${this.email} sends ${words} at ${this.page.url()}: status ${this.status}: ${(await this.words()).slice(0, 600)}`);
    return this;
  }
  /** The same through an action's page of a case. */
  async does(reference, action, answers = {}) {
    await this.opens(`/cases/${reference}/actions/${action}`);
    await this.fills(answers);
    await this.page.locator("main form").last().locator("button[type=submit]").last().waitFor();
    const [answer] = await Promise.all([
      this.page.waitForNavigation({ waitUntil: "load" }),
      this.page.locator(`main form[action$="/actions/${action}"] button[type=submit], main form button[type=submit]`).last().click(),
    ]);
    this.status = answer?.status() ?? 0;
    return this;
  }
  async did(reference, action, answers = {}) {
    await this.does(reference, action, answers);
    if (this.status >= 400) throw new Error(`${this.email} does ${action}: status ${this.status}: ${(await this.words()).slice(0, 600)}`);
    return this;
  }
  async fillsForm(reference, form, answers) {
    await this.opens(`/cases/${reference}/forms/${form}`);
    await this.fills(answers);
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.page.locator(`main form[action*="/forms/${form}"] button[type=submit]`).last().click()]);
    if (answer.status() >= 400) throw new Error(`${this.email} fills ${form}: status ${answer.status()}: ${(await this.words()).slice(0, 600)}`);
    return this;
  }
  /** A new report, step by step, up to the end; `known` uses the record that is here already. Answers the report's reference. */
  async reports({ source, person, what, known = false }) {
    await this.opens("/referrals/new");
    await this.fills(source);
    await this.sends("Save and go on");
    await this.fills(person);
    if (known) {
      await this.sends("Check for matches");
      await this.reads(`${person.given_name} ${person.family_name}`);
      await this.sends(/^Use this person/);
    }
    await this.sends("Save and go on");
    await this.fills(what);
    await this.sends("Save and go on");
    await this.sends("Save and go on");
    await this.sends("Send to the hub");
    const reference = /\/referrals\/(R-[0-9-]+)/.exec(this.page.url())?.[1];
    if (!reference) throw new Error(`no report was received: ${this.page.url()}`);
    return reference;
  }
  /** Ends a task of the case that is open, with words. */
  async finishes(reference, title, words) {
    await this.opens(`/cases/${reference}`);
    const rows = this.page.locator("main li").filter({ has: this.page.locator("a[href^='/tasks/'][href$='/done']") });
    const done = (title === "" ? rows : rows.filter({ hasText: title })).first().locator("a[href$='/done']").first();
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), done.click()]);
    await this.fills({ result: words });
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.page.locator("main form[action^='/tasks/'] button[type=submit]").last().click()]);
    if (answer.status() >= 400) throw new Error(`${this.email} ends ${title}: status ${answer.status()}: ${(await this.words()).slice(0, 400)}`);
  }
  /** What an agency's own program does with a token. */
  async asks(method, path, body, status = 200) {
    this.token ??= concord("token", "create", "--user", this.email, "--days", "3650", "--db", this.server.db).trim();
    const answer = await fetch(this.server.base + path, {
      method, headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...(method === "PATCH" ? { "if-match": "*" } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== status) throw new Error(`${this.email}: ${method} ${path}: status ${answer.status}, ${status} expected: ${text.slice(0, 400)}`);
    return text === "" ? {} : JSON.parse(text);
  }
}

export { password };
