/**
 * Keys: / search, ? help, J and K next and previous row, X select, A add, Ctrl+Enter save and go on.
 * Single letters do nothing inside a field, and nothing at all under <body data-keys="off"> (WCAG 2.1.4).
 */
function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) &&
    !(target instanceof HTMLInputElement && ["checkbox", "radio", "submit", "button"].includes(target.type)));
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-cc=rows] > li, .moj-timeline__item")];
}

function move(by: number): void {
  const all = rows();
  if (all.length === 0) return;
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, here + by))]!;
  let target = next.querySelector<HTMLElement>("a, button");
  if (!target) {
    next.tabIndex = -1;
    target = next;
  }
  target.focus();
  next.scrollIntoView({ block: "nearest" });
}

export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = (event.target as HTMLElement | null)?.closest?.("form");
      if (form instanceof HTMLFormElement) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || document.body.dataset["keys"] === "off") return;
    switch (event.key) {
      case "/":
        document.querySelector<HTMLInputElement>("#find-all")?.focus();
        break;
      case "?":
        location.assign("/help/keyboard");
        break;
      case "j":
      case "J":
        move(1);
        break;
      case "k":
      case "K":
        move(-1);
        break;
      case "x":
      case "X":
        rows().find((row) => row.contains(document.activeElement))?.querySelector<HTMLInputElement>('input[name="i"]')?.click();
        break;
      case "a":
      case "A":
        document.querySelector<HTMLElement>("#note, [data-key-add]")?.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
}
