/**
 * Drafts: a form with data-draft="KEY" is sent to POST /drafts two seconds after typing stops, and the line [data-cc=saved] says when.
 * Passwords, files and hidden fields (the CSRF token is sent as its own) never go into a draft; only the version does, so that a draft that comes
 * back later clashes with what others changed meanwhile, and overwrites nothing.
 */
const pause = 2000;

function fields(form: HTMLFormElement): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const part of form.elements) {
    if (!(part instanceof HTMLInputElement || part instanceof HTMLTextAreaElement || part instanceof HTMLSelectElement)) continue;
    if (!part.name || ["password", "file", "submit", "button"].includes(part.type)) continue;
    if (part.type === "hidden" && part.name !== "version") continue;
    if (part instanceof HTMLInputElement && ["radio", "checkbox"].includes(part.type) && !part.checked) continue;
    (out[part.name] ??= []).push(part.value);
  }
  return out;
}

export function startDrafts(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
    const line = document.querySelector<HTMLElement>("[data-cc=saved]");
    let timer = 0;
    const send = async (): Promise<void> => {
      const body = new URLSearchParams();
      body.set("csrf", document.body.dataset["csrf"] ?? "");
      body.set("key", form.dataset["draft"] ?? "");
      body.set("fields", JSON.stringify(fields(form)));
      try {
        const answer = await fetch("/drafts", { method: "POST", body, credentials: "same-origin" });
        if (!line) return;
        const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
        line.textContent = answer.ok ? `Draft saved ${time}` : "Draft not saved. Your words are still on this page.";
      } catch {
        if (line) line.textContent = "No connection. Your words are still on this page.";
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void send(), pause);
    });
    form.addEventListener("submit", () => clearTimeout(timer));
  }
}
