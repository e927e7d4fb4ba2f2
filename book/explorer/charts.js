/* Charts with choices: each list steers the parameter of its name in a Vega-Lite specification.
   All text from data goes through textContent, never through markup. */
(() => {
  "use strict";
  const { theme, embed, onNewLook, inAddress, save } = window.explorerParts;

  function start(root) {
    const find = (selector) => root.querySelector(selector);
    const { title, answers, joint, spec } = JSON.parse(find(".explorer-held").textContent);
    const form = find("form");
    const lists = [...form.querySelectorAll("select")];
    const address = inAddress(Object.fromEntries(lists.map((list) => [list.id, list])));
    const place = find(".explorer-chart");
    let view = null;

    async function draw() {
      const drawn = structuredClone(spec);
      for (const list of lists) drawn.params.find((param) => param.name === list.name).value = list.value;
      const colours = spec.usermeta?.darkColours;
      if (theme().dark && colours) {
        drawn.config = { ...drawn.config, range: { ...drawn.config?.range, category: colours } };
      }
      const made = await embed(place, drawn);
      if (view) view.finalize();
      view = made;
    }

    async function steer() {
      for (const list of lists) view.signal(list.name, list.value);
      await view.runAsync();
    }

    /* The answer to the choice, in words; the drawing is named after the choice too. */
    function say() {
      const choice = lists.map((list) => list.value).join(joint);
      const words = lists.map((list) => `${list.labels[0].textContent}: ${list.selectedOptions[0].textContent}`);
      find(".explorer-status").textContent = answers[choice];
      place.setAttribute("aria-label", `${title}. ${words.join("; ")}.`);
      root.dataset.shown = choice;
    }

    /* One drawing at a time: a choice made meanwhile is drawn next. */
    let drawing = Promise.resolve();
    const ask = (act) => {
      drawing = drawing.then(act).then(say);
    };
    const change = () => {
      address.keep();
      ask(steer);
    };

    if (address.take()) root.scrollIntoView();
    form.addEventListener("input", change);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(change));
    form.elements.svg.addEventListener("click", async () => {
      if (view) save(await view.toSVG(), "image/svg+xml", `${root.id}.svg`);
    });
    /* A tap moves no pointer, which is what Vega shows its tooltips on. */
    place.addEventListener("click", ({ target, clientX, clientY }) => {
      target.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX, clientY }));
    });
    window.addEventListener("hashchange", () => address.take() && ask(steer));
    onNewLook(place, () => ask(draw));
    ask(draw);
  }

  for (const root of document.querySelectorAll(".explorer-plot")) start(root);
})();
