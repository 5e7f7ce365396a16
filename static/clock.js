/* How long a judgement took. elapsed: since this pair was first shown in this tab, reading while it was written
   included. active: the part of it with the page visible and some input in the last 30 s. Both go on after a reload. */
"use strict";

const IDLE_AFTER = 30_000; // ms without input after which somebody is taken not to be working

const clock = {
  key: null,
  started: 0,
  active: 0,
  ticked: 0,
  input: Date.now(),

  /** `key` names the pair that is shown; null when there is none. */
  start(key) {
    if (key === clock.key) return;
    clock.key = key;
    if (!key) return;
    const kept = JSON.parse(sessionStorage.getItem(`tandem:clock:${key}`) ?? "null");
    Object.assign(clock, kept ?? { started: Date.now(), active: 0 }, { ticked: Date.now() });
  },

  tick() {
    const now = Date.now();
    if (clock.key && !document.hidden && now - clock.input < IDLE_AFTER) {
      clock.active += Math.min(Math.max(now - clock.ticked, 0), 2000); // a machine asleep, or set right, is not work
      const { started, active } = clock;
      sessionStorage.setItem(`tandem:clock:${clock.key}`, JSON.stringify({ started, active }));
    }
    clock.ticked = now;
  },

  stop() {
    sessionStorage.removeItem(`tandem:clock:${clock.key}`);
    clock.key = null;
  },

  fill(form) {
    clock.tick();
    const elapsed = Date.now() - clock.started;
    form.elements.elapsed_ms.value = elapsed;
    form.elements.active_ms.value = Math.min(clock.active, elapsed);
  },
};
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "scroll"]) {
  document.addEventListener(kind, () => (clock.input = Date.now()), { passive: true, capture: true });
}
setInterval(clock.tick, 1000);
