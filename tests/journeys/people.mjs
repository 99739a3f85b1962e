// What people do on pages: words for the journeys. With {keyboard: true} nothing is clicked: every field, link and button is reached with Tab.
import { concord, password, signedIn } from "../browser/concord.mjs";

/** Somebody at a desk: signed in, one page open. */
export class Person {
  static async arrives(browser, server, email, { scripts, keyboard = false }) {
    const one = new Person();
    Object.assign(one, { email, server, scripts, keyboard });
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
          const one = (each.startsWith("label:") ? this.page.locator("main form").getByLabel(each.slice(6), { exact: true }) : this.page.locator(`main form [name="${name}"][value="${each}"]`)).first();
          if (this.keyboard) await this.chooses(one, type);
          else await one.check({ force: true });
        }
      } else if (tag === "SELECT") {
        const wanted = value.startsWith?.("label:") ? { label: value.slice(6) } : value;
        if (this.keyboard) await this.choosesFrom(first, wanted);
        else await first.selectOption(wanted);
      } else if (this.keyboard) {
        await this.reaches(first);
        await this.page.keyboard.press("Control+a");
        await this.page.keyboard.press("Delete");
        await this.page.keyboard.insertText(value);
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
    if ((await one.count()) === 0) throw new Error(`there is neither a button nor a link ${words} at ${this.page.url()}: ${(await this.words()).slice(0, 400)}`);
    await this.follows(one);
    return this;
  }
  /** Presses what was found, and waits for the page that it leads to. */
  async follows(one) {
    const press = async () => {
      if (!this.keyboard) return one.click();
      await this.reaches(one);
      await this.page.keyboard.press("Enter");
    };
    const [answer] = await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), press()]);
    this.status = answer?.status() ?? 0;
  }
  /** Goes with Tab, forwards or backwards, until `one` has the focus; what is folded away is opened on the way, as one would. */
  async reaches(one) {
    const handle = await one.elementHandle();
    await handle.evaluate((each) => { for (let up = each.closest("details"); up; up = up.parentElement.closest("details")) up.open = true; });
    for (let step = 0; step < 900; ++step) {
      const where = await handle.evaluate((each) => {
        const at = document.activeElement ?? document.body;
        if (at === each) return "here";
        return at !== document.body && (at.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING) !== 0 ? "before" : "after";
      });
      if (where === "here") return;
      await this.page.keyboard.press(where === "before" ? "Shift+Tab" : "Tab");
    }
    throw new Error(`${await handle.evaluate((each) => each.outerHTML.slice(0, 120))} is not reached with Tab at ${this.page.url()}`);
  }
  /** A box by Tab and Space; a radio by Tab into its group, and then the arrows. */
  async chooses(one, type) {
    if (type === "checkbox") {
      await this.reaches(one);
      if (!(await one.isChecked())) await this.page.keyboard.press("Space");
      return;
    }
    const handle = await one.elementHandle();
    const stop = await handle.evaluateHandle((each) => {
      const group = [...each.form.querySelectorAll("input[type=radio]")].filter((other) => other.name === each.name);
      return group.find((other) => other.checked) ?? group[0];
    });
    const group = await handle.evaluate((each) => [...each.form.querySelectorAll("input[type=radio]")].filter((other) => other.name === each.name).length);
    for (let step = 0; ; ++step) {
      const where = await handle.evaluate((each, first) => {
        const at = document.activeElement ?? document.body;
        if (at.type === "radio" && at.name === each.name && at.form === each.form) return at === each ? "here" : "inside";
        return at !== document.body && (at.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_PRECEDING) !== 0 ? "before" : "after";
      }, stop);
      if (where === "here") break;
      if (step > 900 + group) throw new Error(`${await handle.evaluate((each) => each.outerHTML.slice(0, 120))} is not reached at ${this.page.url()}`);
      await this.page.keyboard.press(where === "inside" ? "ArrowDown" : where === "before" ? "Shift+Tab" : "Tab");
    }
    if (!(await one.isChecked())) await this.page.keyboard.press("Space");
  }
  /** An answer of a list by the arrows. */
  async choosesFrom(one, wanted) {
    await this.reaches(one);
    const [from, to] = await one.evaluate((each, w) => [each.selectedIndex, [...each.options].findIndex((o) => (w.label !== undefined ? o.label === w.label : o.value === w))], wanted);
    if (to < 0) throw new Error(`the list ${await one.getAttribute("name")} has no ${JSON.stringify(wanted)} at ${this.page.url()}`);
    for (let i = Math.abs(to - from); i > 0; --i) await this.page.keyboard.press(to > from ? "ArrowDown" : "ArrowUp");
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
    await this.follows(this.page.locator(`main form[action$="/actions/${action}"] button[type=submit]`).last());
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
    await this.follows(this.page.locator(`main form[action*="/forms/${form}"] button[type=submit]`).last());
    if (this.status >= 400) throw new Error(`${this.email} fills ${form}: status ${this.status}: ${(await this.words()).slice(0, 600)}`);
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
  /** Ends a task of the case that is open, with words; `title` empty: the first that is open. */
  async finishes(reference, title, words) {
    await this.opens(`/cases/${reference}`);
    const rows = this.page.locator("main li").filter({ has: this.page.locator("a[href^='/tasks/'][href$='/done']") });
    await this.follows((title === "" ? rows : rows.filter({ hasText: title })).first().locator("a[href$='/done']").first());
    await this.fills({ result: words });
    await this.sends("Done");
  }
  /** Puts a file on the case. */
  async uploads(reference, name, type, bytes) {
    await this.opens(`/cases/${reference}`);
    await this.page.locator("main input[type=file]").setInputFiles({ name, mimeType: type, buffer: bytes });
    await this.presses("Upload");
    return this;
  }
  /** What lies at the end of a link of main, as bytes. */
  async downloads(name) {
    const path = await this.page.locator("main").getByRole("link", { name, exact: true }).first().getAttribute("href");
    const answer = await this.window.request.get(this.server.base + path);
    return { path, status: answer.status(), bytes: await answer.body() };
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
