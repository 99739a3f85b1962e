/**
 * Likely matches: a form with data-matches="ADDRESS" shows the fragment ADDRESS?part=matches in the element with id "matches",
 * 300 ms after typing stops. Without it, "Check for matches" posts the form and the page returns with the list.
 */
const pause = 300;
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-matches]")) {
  const place = document.getElementById("matches");
  if (!place) continue;
  let timer = 0;
  let latest: AbortController | undefined;
  const ask = async (): Promise<void> => {
    latest?.abort();
    const mine = (latest = new AbortController());
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      // Posted, since what is typed is personal and addresses are logged.
      const answer = await fetch(`${form.dataset["matches"]}?part=matches`, { method: "POST", body, signal: mine.signal, credentials: "same-origin" });
      // Made by this server's own templates, escaped there.
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // A newer question took over, or there is no connection: the old list stays.
    }
  };
  form.addEventListener("input", (event) => {
    // What is typed within the list (why somebody is not the same) does not replace the list under the typing hand.
    if (event.target instanceof Node && place.contains(event.target)) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), pause);
  });
}
export {};
