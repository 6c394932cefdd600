// What is opened stays on the screen, as far as a browser can: copying, dragging, printing it are refused and logged,
// and the watermark comes back. Whoever masters the browser gets around this; docs/security.md says so.
"use strict";

(() => {
  const veil = document.querySelector(".veil");
  if (!veil) return;
  const OPENED = ".lit, .opened, .words, img.value";
  const SHUT = "●●●●";

  // One report of a kind in ten seconds: a held key is one attempt.
  const told = new Map();
  function report(kind) {
    if (Date.now() - (told.get(kind) ?? 0) < 10000) return;
    told.set(kind, Date.now());
    const token = document.querySelector("[name=csrf_token]")?.value;
    const customer = location.pathname.match(/^\/customers\/([0-9a-f-]{36})(?:\/|$)/)?.[1] ?? "";
    const body = new URLSearchParams({ kind, customer, csrf_token: token ?? "" });
    fetch("/attempts", { method: "POST", body, keepalive: true }).catch(() => {});
  }

  function refuse(event, kind) {
    event.preventDefault();
    event.stopImmediatePropagation();
    report(kind);
  }

  const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
  const within = (target) => (target instanceof Element ? target : target?.parentElement)?.closest(OPENED);

  // A company's name may be copied; a selection that reaches into an opened value may not.
  function selected() {
    const chosen = getSelection();
    if (!chosen || chosen.isCollapsed) return false;
    const opened = [...document.querySelectorAll(OPENED)];
    for (let at = 0; at < chosen.rangeCount; at += 1) {
      const range = chosen.getRangeAt(at);
      if (opened.some((part) => range.intersectsNode(part))) return true;
    }
    return false;
  }

  for (const kind of ["copy", "cut"]) {
    document.addEventListener(kind, (event) => {
      if (!typing(event.target) && selected()) refuse(event, kind);
    }, true);
  }
  document.addEventListener("dragstart", (event) => {
    if (within(event.target) || (!typing(event.target) && selected())) refuse(event, "drag");
  }, true);
  document.addEventListener("contextmenu", (event) => { if (within(event.target)) refuse(event, "menu"); }, true);

  // Paper: the keys are refused, the browser's own menu prints one sentence in place of what is open (app.css).
  const open = () => document.querySelector(OPENED) !== null;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p" && open()) refuse(event, "print");
  }, true);
  addEventListener("beforeprint", () => { if (open()) report("print"); });

  // A picture that can no longer be fetched is shut, not broken.
  const shut = (image) => image.replaceWith(SHUT);
  document.addEventListener("error", (event) => { if (event.target.matches?.("img.value")) shut(event.target); }, true);
  document.querySelectorAll("img.value").forEach((image) => { if (image.complete && !image.naturalWidth) shut(image); });

  // The watermark: taken away, emptied or hidden, it comes back.
  const whole = veil.cloneNode(true);
  const VISIBLE = { display: "block", visibility: "visible", opacity: getComputedStyle(veil).opacity };
  let hanging = veil;
  let watching;

  function hang() {
    const fresh = whole.cloneNode(true);
    for (const [name, value] of Object.entries(VISIBLE)) fresh.style.setProperty(name, value, "important");
    watching.disconnect();
    document.querySelectorAll(".veil").forEach((old) => old.remove());
    document.body.append(fresh);
    hanging = fresh;
    watch();
    report("watermark");
  }

  function hangs() {
    if (!hanging.isConnected || hanging.innerHTML !== whole.innerHTML || hanging.closest("[hidden]")) return false;
    if (hanging.getAttribute("class") !== "veil") return false;
    const looks = getComputedStyle(hanging);
    return Object.entries(VISIBLE).every(([name, value]) => looks[name] === value || (name === "display" && looks.display !== "none"));
  }

  function look() { if (!hangs()) hang(); }
  function watch() {
    watching.observe(document.body, { childList: true });
    watching.observe(hanging, { attributes: true, childList: true, subtree: true, characterData: true });
  }
  watching = new MutationObserver(look);
  watch();
  setInterval(() => { if (!matchMedia("print").matches) look(); }, 2000);
})();
