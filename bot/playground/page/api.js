// The only way to the server: what was asked, what came back, and the stream of what happens.

const SECONDS = 20;

async function sent(path, options) {
  try {
    const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(SECONDS * 1000) });
    const body = await answer.json();
    return typeof body === "object" && body !== null ? body : { ok: false, error: "no_answer" };
  } catch (error) {
    return { ok: false, error: "unreachable", shown: "The playground does not answer. Is it still running?" };
  }
}

export const look = (path, query = {}) => sent(`${path}?${new URLSearchParams(query)}`, {});

const post = (path, body) =>
  sent(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Do something as a person: `command`, `click`, `message`, `join`, `view_submit` … */
export const act = (what, body) => post(`do/${what}`, body);

export const world = (what, body = null) => (body ? post(`world/${what}`, body) : look(`world/${what}`));

/** Follow what happens after `seq` as `user` sees it; returns how to stop. The browser reconnects by itself. */
export function follow(user, seq, hear, troubled) {
  const source = new EventSource(`stream?${new URLSearchParams({ user, after: seq })}`);
  source.onmessage = (event) => hear(JSON.parse(event.data));
  source.onopen = () => troubled(false);
  source.onerror = () => troubled(true);
  return () => source.close();
}
