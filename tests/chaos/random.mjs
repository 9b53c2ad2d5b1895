// SPDX-License-Identifier: MIT
//
// random.mjs -- Chance with a seed (mulberry32), so that a run's order of
// faults can be had again.

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n) { return Math.floor(this.next() * n); }
  between(low, high) { return low + this.next() * (high - low); }
  pick(list) { return list[this.below(list.length)]; }

  // How long a fault, a thought or an absence lasts: it is what is acted out,
  // never a wait for something to come true.
  spell(low, high) {
    return new Promise((done) => setTimeout(done, this.between(low, high)));
  }

  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}
