// What the server cannot do for a page: keep a thread at its end, and a draft through an outage.
"use strict";

const NEAR = 120;

const desk = {
  // Draft kept in this tab, for what was typed while the server was away.
  key: (area) => `bottega-draft-${area.dataset.draft}`,

  forgetDraft(name) {
    sessionStorage.removeItem(`bottega-draft-${name}`);
  },

  bringDraftBack(area) {
    if (area.dataset.broughtBack) return;
    area.dataset.broughtBack = "yes";
    const kept = sessionStorage.getItem(desk.key(area));
    if (kept && kept !== area.value && kept.startsWith(area.value)) {
      area.value = kept;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  },

  toEnd(thread) {
    thread.scrollTop = thread.scrollHeight;
  },

  watchThread(thread) {
    thread.dataset.watched = "yes";
    let atEnd = true;
    thread.addEventListener("scroll", () => {
      atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR;
    });
    new MutationObserver(() => atEnd && desk.toEnd(thread)).observe(thread, {
      childList: true, subtree: true, characterData: true,
    });
    thread.addEventListener("load", () => atEnd && desk.toEnd(thread), true);
    desk.toEnd(thread);
  },

  look() {
    document.querySelectorAll(".thread:not([data-watched])").forEach(desk.watchThread);
    document.querySelectorAll("textarea[data-draft]").forEach(desk.bringDraftBack);
  },
};

window.desk = desk;
document.addEventListener("input", (event) => {
  const area = event.target;
  if (area.matches && area.matches("textarea[data-draft]")) {
    sessionStorage.setItem(desk.key(area), area.value);
  }
});
new MutationObserver(desk.look).observe(document.documentElement, { childList: true, subtree: true });
