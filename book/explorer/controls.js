/* What every chart with choices shares: the theme's colours, the drawing, the choice in the address, downloads. */
window.explorerParts = (() => {
  "use strict";

  /* ---- Colours of the theme, light or dark ---- */
  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--pst-color-${name}`).trim();
    const ink = colour("text-base");
    return {
      dark: document.documentElement.dataset.theme === "dark",
      ink,
      config: {
        font: style.getPropertyValue("--pst-font-family-base") || "sans-serif",
        view: { stroke: null },
        axis: {
          labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: colour("border"),
          gridOpacity: 0.6, labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal", titlePadding: 8,
        },
        legend: { labelColor: ink, labelFontSize: 12, columnPadding: 14 },
        rule: { color: ink },
        text: { color: ink },
      },
    };
  }

  /* Draw a Vega-Lite specification in the theme's colours; its own settings go before them. */
  async function embed(place, spec) {
    const { dark, config } = theme();
    const drawn = { ...spec, config: { ...config, ...spec.config } };
    const options = { actions: false, renderer: "svg", tooltip: { theme: dark ? "dark" : "light" } };
    return (await window.vegaEmbed(place, drawn, options)).view;
  }

  /* Do something whenever the theme or the width of a place changes. */
  function onNewLook(place, act) {
    new MutationObserver(act).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    let width = place.clientWidth;
    let waiting = 0;
    new ResizeObserver(() => {
      if (place.clientWidth === width || place.clientWidth === 0) return;
      width = place.clientWidth;
      clearTimeout(waiting);
      waiting = setTimeout(act, 150);
    }).observe(place);
  }

  /* ---- The choice in the address: controls by the word that stands for them there ---- */
  const held = () => new URLSearchParams(location.hash.slice(1));
  const onThisPage = new Set();

  function inAddress(controls) {
    const words = Object.keys(controls);
    const first = Object.fromEntries(words.map((word) => [word, controls[word].value]));
    for (const word of words) onThisPage.add(word);

    /* Take the choice from the address, if it holds one; words that no list knows are left aside. */
    function take() {
      const given = held();
      if (!words.some((word) => given.has(word))) return false;
      for (const [word, control] of Object.entries(controls)) {
        const value = given.get(word) ?? first[word];
        const known = !control.options || [...control.options].some((option) => option.value === value);
        control.value = known ? value : first[word];
      }
      return true;
    }

    /* Keep what differs from the first choice in the address, beside what others keep there. */
    function keep() {
      const before = [...held()];
      const others = before.filter(([word]) => onThisPage.has(word) && !words.includes(word));
      const own = words.filter((word) => controls[word].value !== first[word])
        .map((word) => [word, controls[word].value]);
      const text = new URLSearchParams([...others, ...own]).toString();
      const page = location.pathname + location.search;
      if (text) history.replaceState(null, "", `${page}#${text}`);
      else if (before.some(([word]) => words.includes(word))) history.replaceState(null, "", page);
    }

    return { take, keep };
  }

  /* ---- Exponents ---- */
  const superscript = (text) => text.replace(/./g, (mark) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(mark)]);

  /* ---- Downloads ---- */
  function save(text, type, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return { theme, embed, onNewLook, inAddress, save, superscript };
})();
