// SPDX-License-Identifier: MIT
//
// model.mjs -- What a client knows: its start, and what it was told since.
//
// As little of a client as there can be: what a frame carries is put in place,
// what it only names is asked for, and nothing is ever asked for unprompted.
// So where a model differs from a fresh reader, the server has kept something
// to itself.  A kind of thing is one entry of kinds.mjs, an event of events.mjs.

import { expect } from './client.mjs';
import { EVENTS } from './events.mjs';
import { KINDS, REMOVED, membersOf, seat } from './kinds.mjs';

const max = Math.max;

export class Model {
  constructor(person) {
    this.person = person;
    this.api = person.api;
    this.me = person.id;
    for (const kind of Object.keys(KINDS))
      this[kind] = new Map();
    this.seen = new Map(); // conversation -> what is not unread ends there
    this.heard = new Map(); // conversation -> seq -> message
    this.from = new Map(); // conversation -> its last seq at the start
    this.spoke = new Map(); // conversation -> the user's own last seq there
    this.work = Promise.resolve();
    this.stale = new Set(); // named, and not asked for yet
    this.told = 0; // of frames that an answer may be older than
    this.fault = null;
  }

  // A fresh client: the cursor first, then what it does not bring.
  async read() {
    const first = await this.sync();
    await this.readLists();
    for (const [id, c] of this.conversations)
      if (!this.from.has(id))
        this.from.set(id, c.last_seq);
    return first;
  }

  async readLists() {
    for (const [kind, { key, read }] of Object.entries(KINDS)) {
      const items = await read(this.api);
      const found = new Set(items.map(key));
      for (const id of [...this[kind].keys()].filter((k) => !found.has(k)))
        this[kind].delete(id);
      for (const item of items)
        this.put(kind, key(item), item);
    }
  }

  put(kind, id, item) {
    if (kind !== 'conversations') {
      this[kind].set(id, item);
      return;
    }
    // What is read may be older than what was heard: positions only grow.
    const known = this.conversations.get(id);
    this.conversations.set(id, item);
    this.seen.set(id, item.last_seq - item.unread);
    if (item.last_seq < (this.spoke.get(id) ?? 0))
      this.ended(item);
    if (!known)
      return;
    if (known.last_read_seq > item.last_read_seq)
      item.marked_unread = false;
    if (known.last_seq > item.last_seq ||
        known.last_read_seq > item.last_read_seq)
      this.refresh(id); // how often it called by now
    this.own(item, known.last_read_seq, known.last_delivered_seq);
    this.peer(item, known.peer_read_seq ?? 0, known.peer_delivered_seq ?? 0);
    if (known.last_seq > item.last_seq)
      this.message(known.last_message);
  }

  // Later work is done in order, apart from the frames.
  later(task) {
    this.work = this.work.then(task).catch((error) => { this.fault ??= error; });
  }

  // A conversation was named: asked for, and again if named meanwhile.
  refresh(id) {
    if (this.stale.has(id))
      return;
    this.stale.add(id);
    this.later(async () => {
      let res, told, members;
      // What is told while the answer is on its way may be newer than it.
      do {
        this.stale.delete(id);
        told = this.told;
        res = await this.api.get(`/conversations/${id}`);
        members = res.json.type === 'group' ?
          await membersOf(this.api, id).catch(() => []) : [];
      } while (told !== this.told);
      this.setMembers(id, members);
      if (res.status === 200)
        this.put('conversations', id, res.json);
      else
        this.conversations.delete(id);
    });
  }

  setMembers(id, members) {
    for (const m of [...this.members.values()].filter((x) => x.conv_id === id))
      this.members.delete(KINDS.members.key(m));
    for (const m of members)
      this.members.set(KINDS.members.key(m), m);
  }

  async page(id, after, upto) {
    while (after < upto) {
      const res = await this.api.get(
        `/messages?conv_id=${id}&since_seq=${after}&limit=200`);
      if (res.status !== 200 || res.json.items.length === 0)
        return;
      res.json.items.forEach((m) => this.hear(m));
      after = res.json.items.at(-1).seq;
    }
  }

  // -- what is put in place ------------------------------------------------------

  hear(message) {
    const { conv_id: id, seq } = message;
    if (!this.heard.has(id))
      this.heard.set(id, new Map());
    this.heard.get(id).set(seq, message);
  }

  message(message) {
    if (!message)
      return;
    this.hear(message);
    const c = this.conversations.get(message.conv_id);
    if (!c) {
      this.refresh(message.conv_id);
      return;
    }
    const { seq, sender, mentions, type } = message;
    if (sender.id === this.me && type !== 'system')
      this.spoke.set(c.id, max(seq, this.spoke.get(c.id) ?? 0));
    if (seq > c.last_seq) {
      c.last_seq = seq;
      c.last_message = message;
      c.hidden = false;
      if (sender.id === this.me)
        this.ended(c, message);
      else if (mentions.some((id) => id === this.me || id === 'all'))
        c.mentions++;
    }
    if (seq === c.last_seq && message.recalled_at)
      c.last_message = message;
    if (message.recalled_at && c.mentions > 0)
      this.refresh(c.id); // it may have been one that called
    if (sender.id === this.me)
      this.own(c, seq, seq);
    else if (sender.id === c.peer?.id)
      this.peer(c, seq, seq);
    this.count(c);
  }

  // The user spoke: that ends the draft and the mark; a notice, the mark alone.
  ended(c, { type } = {}) {
    if (type !== 'system')
      c.draft = null;
    c.marked_unread = false;
    c.mentions = 0;
  }

  // Read elsewhere: how often the rest calls, the server knows.
  ownReceipt(c, read, delivered) {
    if (read > c.last_read_seq) {
      c.marked_unread = false;
      if (c.mentions > 0)
        this.refresh(c.id);
    }
    this.own(c, read, delivered);
  }

  own(c, read, delivered) {
    c.last_read_seq = max(c.last_read_seq, read);
    c.last_delivered_seq = max(c.last_delivered_seq, delivered, read);
    this.seen.set(c.id, max(this.seen.get(c.id), read));
    this.count(c);
  }

  count(c) {
    c.unread = max(0, c.last_seq - this.seen.get(c.id));
  }

  peer(c, read, delivered) {
    if (c.peer_read_seq === undefined)
      return;
    c.peer_read_seq = max(c.peer_read_seq, read);
    c.peer_delivered_seq = max(c.peer_delivered_seq, delivered, read);
  }

  eachPerson(visit, id) {
    const people = [...[...this.contacts.values()].map((c) => c.user),
      ...[...this.conversations.values()].map((c) => c.peer).filter(Boolean)];
    for (const user of people)
      if (id === undefined || user.id === id)
        visit(user);
  }

  presence(id, status) {
    this.eachPerson((user) => { user.presence.status = status; }, id);
  }

  retitle(id, title) {
    for (const c of this.conversations.values())
      if (c.peer?.id === id)
        c.title = title;
  }

  // Somebody looks different now, wherever they are shown; their presence
  // goes its own way.
  profile(user) {
    const { presence: _, ...shown } = user;
    const put = (old) => Object.assign(old, shown);
    this.eachPerson(put, user.id);
    for (const r of this.requests.values())
      [r.from, r.to].filter((u) => u.id === user.id).forEach(put);
    for (const b of this.blocks.values())
      [b.user].filter((u) => u.id === user.id).forEach(put);
    if (!this.contacts.get(user.id)?.remark)
      this.retitle(user.id, user.display_name);
  }

  // -- GET /sync -----------------------------------------------------------------

  async sync() {
    let page;
    do {
      page = await expect(this.api.get(
        this.cursor ? `/sync?cursor=${this.cursor}` : '/sync'), 200);
      this.cursor = page.cursor;
      await this.take(page);
    } while (page.more);
    return page;
  }

  // A label that goes is off all contacts.
  unlabel(id) {
    this.labels.delete(id);
    for (const c of this.contacts.values())
      c.labels = c.labels.filter((l) => l !== id);
  }

  async take(page) {
    for (const { type, id, conv_id: conv } of page.removed) {
      if (type === 'conversation')
        this.setMembers(id, []);
      if (type === 'contact_label')
        this.unlabel(id);
      else if (type === 'member')
        this.members.delete(seat(conv, id));
      else if (REMOVED[type])
        this[REMOVED[type]].delete(id);
      else if (type === 'messages')
        this.conversations.delete(id);
    }
    for (const c of page.conversations) {
      if (c.type === 'group' && !this.conversations.has(c.id))
        await membersOf(this.api, c.id).then((m) => this.setMembers(c.id, m),
          () => {}); // left again meanwhile
      this.put('conversations', c.id, c);
    }
    for (const m of page.members)
      this.members.set(KINDS.members.key(m), m);
    page.messages.forEach((m) => this.hear(m));
    for (const { conv_id: id, user_id: user, read_seq: read,
      delivered_seq: delivered } of page.receipts) {
      const c = this.conversations.get(id);
      if (c && user === this.me)
        this.own(c, read, delivered);
      else if (c)
        this.peer(c, read, delivered);
    }
    for (const c of page.contacts)
      this.contacts.set(c.user.id, c);
    for (const r of page.contact_requests)
      this.requests.set(r.id, r);
    for (const l of page.contact_labels)
      this.labels.set(l.id, l);
    for (const b of page.blocks)
      this.blocks.set(b.user.id, b);
  }

  frame({ event, data }) {
    if (!['message', 'receipt', 'pong', 'typing'].includes(event) ||
        data.recalled_at)
      this.told++;
    EVENTS[event]?.(this, data);
  }

  // -- what is compared ----------------------------------------------------------

  // Presence is not part of /sync; when somebody was last active is never told.
  state({ presence = true } = {}) {
    const person = (u) => u && { id: u.id, username: u.username,
      display_name: u.display_name, bio: u.bio,
      ...(presence ? { status: u.presence.status } : {}) };
    const stranger = (u) => u && { ...person(u), status: undefined };
    const last = (m) => m && { seq: m.seq, content: m.content,
      by: m.sender.id };
    const sorted = (kind, shown) => Object.fromEntries([...this[kind]]
      .sort(([x], [y]) => x.localeCompare(y)).map(([id, x]) => [id, shown(x)]));
    const plain = {
      conversations: sorted('conversations', (c) => ({ type: c.type,
        title: c.title, last: last(c.last_message), last_seq: c.last_seq,
        read: c.last_read_seq, delivered: c.last_delivered_seq,
        unread: c.unread, mentions: c.mentions, marked: c.marked_unread,
        pinned: c.pinned, muted: c.muted, silent: c.silent_until,
        hidden: c.hidden, draft: c.draft?.content ?? null,
        peer: person(c.peer), peer_read: c.peer_read_seq,
        peer_delivered: c.peer_delivered_seq, role: c.role })),
      contacts: sorted('contacts', (c) => ({ user: person(c.user),
        remark: c.remark, pinned: c.pinned, hidden: c.hidden,
        labels: c.labels })),
      labels: sorted('labels', (l) => ({ name: l.name })),
      requests: sorted('requests', (r) => ({ from: stranger(r.from),
        to: stranger(r.to), note: r.note, status: r.status })),
      blocks: sorted('blocks', (b) => ({ user: stranger(b.user) })),
      members: sorted('members', (m) => ({ name: m.user.display_name,
        role: m.role, nickname: m.nickname, muted: m.muted_until })),
    };
    return JSON.parse(JSON.stringify(plain));
  }
}
