// Building what is shown. Text only ever becomes text nodes: there is no way from a message to markup here.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button", {class: "x", onclick: f, "aria-label": "y"}, "text", child, [more])`. */
export function h(tag, props = {}, ...children) {
  return dress(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), props, children);
}

function dress(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replace what an element holds, and put the focus back where it was if that place is still there. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (focused) element.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

/** Keep a list's items by key, drawing anew only those whose `sign` changed. `items`: {key, sign, draw}. */
export function keyed(list, items) {
  const held = (list.held ??= new Map());
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, one] of held) {
    if (!wanted.has(key)) {
      one.element.remove();
      held.delete(key);
    }
  }
  let before = list.firstElementChild;
  for (const item of items) {
    const one = held.get(item.key);
    if (one && one.sign === item.sign) {
      if (one.element === before) before = before.nextElementSibling;
      else list.insertBefore(one.element, before);
      continue;
    }
    const element = item.draw();
    if (one) {
      if (one.element === before) before = before.nextElementSibling;
      swap(one.element, element);
    }
    list.insertBefore(element, before);
    held.set(item.key, { sign: item.sign, element });
  }
}

function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const open = [...old.querySelectorAll("details[open]")].map((one) => one.dataset.key);
  for (const one of fresh.querySelectorAll("details")) if (open.includes(one.dataset.key)) one.open = true;
  old.replaceWith(fresh);
  // a button that is gone leaves the focus on its message, not at the top of the page
  if (focused) (fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`) ?? fresh).focus({ preventScroll: true });
}

export function say(text) {
  byId("announcer").textContent = text;
}

export function toast(text, kind = "note") {
  const one = h("p", { class: `toast ${kind}` }, text);
  byId("toasts").append(one);
  setTimeout(() => one.remove(), 7000);
}
