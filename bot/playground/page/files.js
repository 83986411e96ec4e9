// Files and images: previews of what an app uploaded. Only this workspace's own files are loaded, never another site's.

import { h } from "./dom.js";

const LINES = 14;
const texts = new Map();

const idOf = (url) => /\/files-pri\/(\w+)/.exec(url ?? "")?.[1];

/** An image block, accessory or context image. */
export function image(block, size = "") {
  const id = block.slack_file?.id ?? idOf(block.slack_file?.url ?? block.image_url);
  const alt = block.alt_text ?? "";
  if (!id) {
    const url = block.image_url ?? "";
    return h("a", { class: "b-outside", href: /^https?:/.test(url) ? url : null, target: "_blank", rel: "noopener noreferrer" }, `Picture elsewhere: ${alt || url}`);
  }
  const picture = h("img", { class: `picture ${size}`, src: `file/${id}`, alt, loading: "lazy" });
  return size ? picture : h("figure", { class: "b-image" }, block.title && h("figcaption", {}, block.title.text), opening(picture, `file/${id}`, alt));
}

const opening = (picture, href, alt) => h("a", { href, target: "_blank", rel: "noopener noreferrer", "aria-label": `Open the picture: ${alt}` }, picture);

export function files(list) {
  return (list ?? []).map((file) => (isPicture(file) ? shownPicture(file) : snippet(file)));
}

const isPicture = (file) => ["png", "jpg", "jpeg", "gif"].includes(String(file.filetype).toLowerCase());

function shownPicture(file) {
  const alt = file.alt_txt || file.title || file.name;
  const picture = h("img", { class: "picture", src: `file/${file.id}`, alt, loading: "lazy" });
  return h("figure", { class: "file" }, h("figcaption", {}, file.title || file.name), opening(picture, `file/${file.id}`, alt));
}

function snippet(file) {
  const body = h("pre", { class: "snippet", tabindex: 0, "aria-label": `Contents of ${file.title || file.name}` }, "…");
  const more = h("button", { type: "button", class: "button quiet", hidden: true, onclick: () => show(Infinity) }, "Show all");
  let whole = [];
  function show(most) {
    const lines = whole.slice(0, most);
    body.replaceChildren(...lines.map((line) => h("span", { class: `line ${kindOf(line, file)}` }, line || " ")));
    more.hidden = lines.length >= whole.length;
    more.textContent = `Show all ${whole.length} lines`;
  }
  contents(file).then((text) => {
    whole = text.replace(/\n$/, "").split("\n");
    show(LINES);
  });
  return h(
    "figure",
    { class: "file" },
    h("figcaption", {}, h("span", {}, file.title || file.name), h("a", { href: `file/${file.id}`, target: "_blank", rel: "noopener noreferrer" }, "open")),
    body,
    more,
  );
}

const DIFF = /^(diff|patch)$/i;
function kindOf(line, file) {
  if (!DIFF.test(file.filetype) && !/\.(diff|patch)$/.test(file.name)) return "";
  if (/^(\+\+\+|---|@@)/.test(line)) return "meta";
  return { "+": "added", "-": "removed" }[line[0]] ?? "";
}

function contents(file) {
  if (!texts.has(file.id)) {
    texts.set(
      file.id,
      fetch(`file/${file.id}`)
        .then((answer) => (answer.ok ? answer.text() : "This file could not be read."))
        .catch(() => "This file could not be read."),
    );
  }
  return texts.get(file.id);
}
