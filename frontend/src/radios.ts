/**
 * Radios that open more questions below themselves: <input data-aria-controls="ID">. As the Radios of govuk-frontend, but for aria-expanded, which a
 * radio may not carry (WAI-ARIA 1.2) and which axe refuses; what opens follows its radio at once, so it is heard next.
 */
export function startRadios(): void {
  const opening = [...document.querySelectorAll<HTMLInputElement>("input[type=radio][data-aria-controls]")];
  const show = (): void => {
    for (const radio of opening) {
      const id = radio.dataset["ariaControls"] ?? "";
      document.getElementById(id)?.classList.toggle("govuk-radios__conditional--hidden", !radio.checked);
    }
  };
  for (const radio of opening) radio.setAttribute("aria-controls", radio.dataset["ariaControls"] ?? "");
  document.addEventListener("change", show);
  // The browser may bring back other answers when somebody returns to the page.
  addEventListener("pageshow", show);
  show();
}
