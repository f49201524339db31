"use strict";
// Looks through the headlines of stories, month by month from the youngest, until enough is found. Asks no server but
// for the site's own files, and writes what it finds as text, never as markup.
(() => {
  const ENOUGH = 40;
  const form = document.getElementById("search");
  const field = document.getElementById("find");
  const found = document.getElementById("found");
  const said = document.getElementById("said");
  const more = document.getElementById("more");
  const months = form.dataset.months.split(" ").filter(Boolean);
  const titles = new Map();
  const waiting = new Map();
  let turn = 0;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

  window.watchfloorTitles = (month, rows) => {
    titles.set(month, rows.map((row) => [` ${wordsOf(row[1]).join(" ")}`, row]));
    waiting.get(month)();
  };

  const load = (month) => titles.has(month) ? Promise.resolve() : new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `search/${month}.js`;
    script.onerror = reject;
    waiting.set(month, resolve);
    document.head.append(script);
  });

  // A script without spaces between words has no beginnings of words to look for.
  const unspaced = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u;
  const holds = (title, word) => title.includes(unspaced.test(word) ? word : ` ${word}`);

  const line = ([id, title, desk, day]) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const note = document.createElement("span");
    link.href = `stories/${encodeURIComponent(id)}.html`;
    link.textContent = title;
    note.className = "small";
    note.textContent = `${day} · ${desk.replaceAll("_", " ")}`;
    item.append(link, " ", note);
    return item;
  };

  const look = async (from) => {
    const words = wordsOf(field.value);
    const mine = ++turn;
    let at = from;
    let hits = from ? found.children.length : 0;
    if (!from) found.replaceChildren();
    more.hidden = true;
    said.textContent = "";
    if (!words.length) return;
    const enough = hits + ENOUGH;
    try {
      for (; at < months.length && hits < enough; at += 1) {
        said.textContent = `Looking through ${months[at]} …`;
        await load(months[at]);
        if (mine !== turn) return;
        for (const [title, row] of titles.get(months[at])) {
          if (words.every((word) => holds(title, word))) {
            found.append(line(row));
            hits += 1;
          }
        }
      }
    } catch {
      said.textContent = `The headlines of ${months[at]} could not be loaded.`;
      return;
    }
    const back = at < months.length ? `, looking back to ${months[at - 1]}` : "";
    said.textContent = hits ? `${hits} ${hits === 1 ? "story" : "stories"} found${back}.` : "No story found.";
    more.hidden = at >= months.length;
    more.onclick = () => look(at);
  };

  let pause;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => look(0), 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
    look(0);
  });
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  look(0);
})();
