// Starts the page: who the people are, what is there, then everything is drawn again whenever something happened.

import { look } from "./api.js";
import { byId, h } from "./dom.js";
import { drawModal } from "./modals.js";
import { followLinks, go } from "./navigation.js";
import { drawNotices } from "./notices.js";
import { drawPeople } from "./people.js";
import { drawRoom } from "./room.js";
import { drawSidebar } from "./sidebar.js";
import { become, changed, onChange, state, unread } from "./store.js";
import { startSwitches } from "./switches.js";
import { drawWorld, startWorld } from "./world.js";

function draw() {
  drawPeople(byId("people"));
  drawSidebar(byId("sidebar"));
  drawRoom();
  drawModal();
  drawWorld();
  drawNotices();
  document.body.classList.toggle("lost", state.lost);
  const calls = [...state.channels.values()].reduce((sum, one) => sum + unread(one).calls, 0);
  document.title = `${calls ? `(${calls}) ` : ""}Midwatch playground`;
}

async function start() {
  const config = await look("config");
  if (config.error) {
    document.body.replaceChildren(h("main", { class: "gone" }, h("h1", {}, "The playground does not answer"), h("p", {}, "Start it with “make demo” and open the address it prints.")));
    return;
  }
  state.config = config;
  byId("story").textContent = config.title;
  onChange(draw);
  startSwitches();
  await become(config.people[0].user);
  go(config.home);
  startWorld();
  document.addEventListener("click", followLinks);
  document.addEventListener("visibilitychange", changed);
}

start();
