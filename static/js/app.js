// What a page does beyond forms and links. Everything here is a comfort: without it, every form still works.
"use strict";

const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);
const phone = matchMedia("(pointer: coarse)");

// An opened value closes by itself: its ring runs out, its text leaves the page, the seal comes back – kept by the field's code.
const running = new Map();
const sealed = new Map();

function keep(cell) {
  const field = cell.querySelector("[name=field]")?.value;
  if (!field || cell.querySelector("[data-seconds]")) return;
  const seal = cell.cloneNode(true);
  each(seal, "details[open]", (asked) => { asked.open = false; });
  each(seal, "[data-htmx-powered]", (part) => part.removeAttribute("data-htmx-powered"));
  seal.classList.remove("htmx-request", "htmx-swapping");
  sealed.set(field, seal);
}

function close(opened) {
  clearInterval(running.get(opened));
  running.delete(opened);
  const cell = opened.closest(".cell");
  const seal = cell && sealed.get(cell.dataset.field);
  if (!seal) { opened.replaceWith("●●●●"); return; }
  const back = seal.cloneNode(true);
  const focused = cell.contains(document.activeElement);
  cell.replaceWith(back);
  if (window.htmx) window.htmx.process(back);
  if (focused) back.querySelector("button, summary")?.focus();
}

function watch(opened) {
  if (running.has(opened)) return;
  const until = Date.now() + Number(opened.dataset.seconds) * 1000;
  const left = opened.querySelector(".left");
  running.set(opened, setInterval(() => {
    const seconds = (until - Date.now()) / 1000;
    if (!opened.isConnected) { clearInterval(running.get(opened)); running.delete(opened); return; }
    if (left) left.setAttribute("stroke-dashoffset", String(100 - Math.max(0, seconds) / 0.6));
    if (seconds <= 0) close(opened);
  }, 1000));
}

// A work card closes after its minutes: what was lit goes out, what one was writing stays.
function closeCard(card) {
  each(document, "[data-seconds]", close);
  each(document, ".lit", (lit) => { lit.textContent = "●●●●"; lit.classList.replace("lit", "dots"); });
  card.hidden = true;
  each(document, "[data-shut]", (notice) => { notice.hidden = false; });
}

function watchCard(card) {
  const until = Date.now() + Number(card.dataset.left) * 1000;
  const left = card.querySelector(".left");
  const timer = setInterval(() => {
    const seconds = (until - Date.now()) / 1000;
    if (left) left.setAttribute("stroke-dashoffset", String(100 - Math.max(0, seconds) / 9));
    if (seconds <= 0) { clearInterval(timer); closeCard(card); }
  }, 5000);
}

// A telephone or a map that takes over leaves the page where it is: nothing half written is asked about.
let over = 0;
function handOver() { over = Date.now() + 2000; }

// A dial link is followed at once where there is a telephone; the number does not stay behind.
function follow(link) {
  if (link.dataset.followed) return;
  link.dataset.followed = "1";
  if (link.dataset.follow === "map") {
    const place = link.getAttribute("href").split("q=").slice(1).join("q=");
    link.href = (/iPhone|iPad/.test(navigator.userAgent) ? "maps:?q=" : "geo:0,0?q=") + encodeURIComponent(place);
  }
  if (phone.matches) { handOver(); location.href = link.href; }
  setTimeout(() => link.removeAttribute("href"), 60000);
}

function settle(root) {
  each(root, "[data-seconds]", watch);
  each(root, "[data-follow]", follow);
}

// Next contact: a quick day and a chosen day exclude each other; a second tap takes the quick day back.
let tapped = null;
function pick(input) {
  const group = input.closest("[data-pick]");
  if (input.type === "date") each(group, "[type=radio]", (radio) => { radio.checked = false; });
  else group.querySelector("[type=date]").value = "";
  tapped = input.type === "radio" ? input : null;
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.textContent = button.dataset.done;
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  each(document, "details[data-pop][open]", (pop) => { if (!pop.contains(event.target)) pop.open = false; });
  if (at("[data-pick] [type=radio]") && at("[type=radio]") === tapped) { tapped.checked = false; tapped = null; }
  if (at("[data-close]")) at("[data-close]").closest("[data-called]").remove();
  if (at("[data-copy]")) copy(at("[data-copy]"));
  if (at("[data-login]")) document.getElementById("login").value = at("[data-login]").dataset.login;
  if (at("#dock [data-follow]") && !at("[data-follow]").href) event.preventDefault();
  if (at("[data-follow][href]")) handOver();
});

// "/" goes to the search box; Escape leaves whatever was folded out.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const find = document.getElementById("find");
    if (find) { event.preventDefault(); find.focus(); find.select(); }
  }
  if (event.key === "Escape") {
    const open = event.target.closest("details[open]") || document.querySelector("details[data-pop][open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  }
});

// The first thing folded out gets the focus, so that a keyboard need not search for it.
document.addEventListener("toggle", (event) => {
  const asked = event.target;
  if (!asked.open || !asked.matches(".ask, .other")) return;
  each(document, ".ask[open]", (other) => { if (other !== asked && !other.contains(asked)) other.open = false; });
  asked.querySelector(".other > input, input.form-control, button")?.focus({ preventScroll: false });
}, true);

// Unsaved writing is not lost by a stray tap; a form is sent once.
document.addEventListener("change", (event) => { if (event.target.closest("[data-pick]")) setTimeout(pick, 0, event.target); });
let dirty = null;
document.addEventListener("input", (event) => { dirty = event.target.closest("form[data-guard]") || dirty; });
window.addEventListener("beforeunload", (event) => { if (dirty?.isConnected && Date.now() > over) event.preventDefault(); });
document.addEventListener("submit", (event) => {
  if (event.target === dirty) dirty = null;
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  setTimeout(() => { delete event.target.dataset.sent; event.submitter?.removeAttribute("aria-busy"); }, 5000);
  event.submitter?.setAttribute("aria-busy", "true");
});

// Paper: a blank form goes to the printer at a tap.
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });

// Back and forward: a page kept by the browser shows nothing that was opened.
window.addEventListener("pagehide", () => each(document, "[data-seconds]", close));
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  each(document, "form[data-sent]", (form) => { delete form.dataset.sent; });
  each(document, "[aria-busy]", (button) => button.removeAttribute("aria-busy"));
  if (document.querySelector(".work:not([hidden])")) location.reload();
});

// htmx: clean addresses, sign-in as a page, refusals as a notice; then whatever arrived is settled.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET" || !ctx.request.body) return;
  if ("terms" in ctx.sourceElement.dataset) ctx.request.body.set("q", ctx.sourceElement.value);
  for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name);
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { raw, status } = ctx.response;
  if (raw.redirected && ["/sign-in", "/sign-in/second", "/me/confirm"].includes(new URL(raw.url).pathname)) {
    event.preventDefault();
    dirty = null;
    location.assign(raw.url);
  } else if (status >= 400) {
    Object.assign(ctx.hx, { retarget: "#toast", reswap: "innerHTML" });
    ctx.push = ctx.replace = null;
    ctx.select = null;
  }
});
// Only words of our own are shown: an error page that a proxy put in between says that we were not reached.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const foreign = ctx.response.status >= 400 && !/^\s*<div class="notice\b/.test(ctx.text);
  if (foreign) ctx.text = document.getElementById("offline")?.innerHTML ?? "";
});
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status < 400 && ctx.target?.matches?.(".cell")) keep(ctx.target);
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status < 400) document.getElementById("toast")?.replaceChildren();
  settle(document);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  const offline = document.getElementById("offline");
  if (offline && ctx && !ctx.response) document.getElementById("toast").replaceChildren(offline.content.cloneNode(true));
});

each(document, "[data-left]", watchCard);
settle(document);
