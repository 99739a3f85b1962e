/** The bulk bar: select all, how many are selected, and a range with Shift. Without it the tick boxes and buttons are a plain form. */
export function startBulk(): void {
  for (const bar of document.querySelectorAll<HTMLElement>('[data-module="concord-bulk"]')) {
    const form = bar.closest("form");
    const all = bar.querySelector<HTMLInputElement>("#all");
    const line = bar.querySelector<HTMLElement>("[role=status]");
    if (!form || !all || !line) continue;
    const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="i"]')];
    let last = -1;
    const show = (): void => {
      const n = boxes.filter((box) => box.checked).length;
      line.textContent = `${n} selected`;
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      show();
    });
    boxes.forEach((box, i) =>
      box.addEventListener("click", (event) => {
        if (event.shiftKey && last >= 0) {
          for (let k = Math.min(i, last); k <= Math.max(i, last); ++k) boxes[k]!.checked = box.checked;
        }
        last = i;
        show();
      }),
    );
    show();
  }
}
