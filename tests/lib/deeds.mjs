// SPDX-License-Identifier: MIT
//
// deeds.mjs -- What people do at random, over the API.
//
// A deed is [how often, what]: what(world, person) does one thing and gives the
// reply; that it is refused is as good as that it works.  world.pick(list) and
// world.roll(n) are the only chance there is, so a seed repeats a run as far as
// its requests keep their order.

const CONVERSATIONS = '/conversations';

const someone = (world, me) =>
  world.pick([...world.people, ...world.guests].filter((p) => p.id !== me.id));

async function aConversation(world, me) {
  const { json } = await me.api.get(`${CONVERSATIONS}?hidden=true`);
  return world.pick(json.items);
}

async function aContact(world, me) {
  const { json } = await me.api.get('/contacts?filter=all');
  return world.pick(json.items)?.user.id;
}

async function someLabels(world, me) {
  const { json } = await me.api.get('/contact-labels');
  return json.items.filter(() => flag(world));
}

async function aRequest(world, me, direction) {
  const { json } = await me.api.get(`/contact-requests?direction=${direction}`);
  return world.pick(json.items)?.id;
}

const inConversation = (act) => async (world, me) => {
  const c = await aConversation(world, me);
  return c && act(world, me, c);
};

const toContact = (act) => async (world, me) => {
  const id = await aContact(world, me);
  return id && act(world, me, id);
};

const inGroup = (act) => async (world, me) => {
  const { json } = await me.api.get(`${CONVERSATIONS}?hidden=true`);
  const c = world.pick(json.items.filter((x) => x.type === 'group'));
  return c && act(world, me, `${CONVERSATIONS}/${c.id}`);
};

const member = (world, path) =>
  `${path}/members/${world.pick(world.people).id}`;

const flag = (world) => world.roll(2) === 0;

export const DEEDS = {
  send: [30, inConversation((world, me, c) => me.api.post('/messages',
    { conv_id: c.id, content: `${world.roll(1e6)} from ${me.username}` }))],
  call: [8, inConversation((world, me, c) => me.api.post('/messages',
    { conv_id: c.id, content: `${world.pick(['@all',
      `@${someone(world, me).username}`])} ${world.roll(1e6)}` }))],
  draft: [6, inConversation((world, me, c) => me.api.put(
    `${CONVERSATIONS}/${c.id}/draft`, { content: `d${world.roll(99)}`,
      ...(flag(world) ? { version: c.draft_version } : {}) }))],
  undraft: [2, inConversation((world, me, c) => me.api.delete(
    `${CONVERSATIONS}/${c.id}/draft`))],
  silence: [2, inConversation((world, me, c) => me.api.patch(
    `${CONVERSATIONS}/${c.id}`,
    { silent_until: world.pick([null, '2099-01-01T00:00:00.000Z']) }))],
  read: [12, inConversation((world, me, c) => me.api.put(
    `${CONVERSATIONS}/${c.id}/read`, { seq: world.roll(c.last_seq + 1) }))],
  arrange: [6, inConversation((world, me, c) => me.api.patch(
    `${CONVERSATIONS}/${c.id}`,
    { [world.pick(['pinned', 'muted', 'hidden', 'marked_unread'])]:
      flag(world) }))],
  request: [10, (world, me) => me.api.post('/contact-requests',
    { user_id: someone(world, me).id, note: `n${world.roll(99)}`,
      ...(flag(world) ? { greeting: `hi ${world.roll(99)}` } : {}) })],
  accept: [8, async (world, me) => {
    const id = await aRequest(world, me, 'in');
    return id && me.api.post(`/contact-requests/${id}/accept`);
  }],
  reject: [2, async (world, me) => {
    const id = await aRequest(world, me, 'in');
    return id && me.api.post(`/contact-requests/${id}/reject`);
  }],
  cancel: [2, async (world, me) => {
    const id = await aRequest(world, me, 'out');
    return id && me.api.delete(`/contact-requests/${id}`);
  }],
  remark: [4, toContact((world, me, id) => me.api.patch(`/contacts/${id}`,
    { remark: world.pick(['', `r${world.roll(99)}`]) }))],
  pin: [2, toContact((world, me, id) => me.api.patch(`/contacts/${id}`,
    { pinned: flag(world) }))],
  conceal: [2, toContact((world, me, id) => me.api.patch(`/contacts/${id}`,
    { hidden: flag(world) }))],
  label: [3, (world, me) => me.api.post('/contact-labels',
    { name: `l${world.roll(9)}` })],
  relabel: [3, toContact(async (world, me, id) => me.api.patch(
    `/contacts/${id}`, { labels: (await someLabels(world, me)).map((l) =>
      l.id) }))],
  rename_label: [1, async (world, me) => {
    const [label] = await someLabels(world, me);
    return label && me.api.patch(`/contact-labels/${label.id}`,
      { name: `l${world.roll(9)}` });
  }],
  unlabel: [1, async (world, me) => {
    const [label] = await someLabels(world, me);
    return label && me.api.delete(`/contact-labels/${label.id}`);
  }],
  end: [3, toContact((world, me, id) => me.api.delete(`/contacts/${id}` +
    (flag(world) ? '?history=delete' : '')))],
  block: [2, (world, me) => me.api.put(`/blocks/${someone(world, me).id}`)],
  unblock: [4, async (world, me) => {
    const { json } = await me.api.get('/blocks');
    const block = world.pick(json.items);
    return block && me.api.delete(`/blocks/${block.user.id}`);
  }],
  rename: [3, (world, me) => me.api.patch('/users/me',
    { [world.pick(['display_name', 'bio'])]: `x${world.roll(999)}` })],
  found: [2, (world, me) => me.api.post(CONVERSATIONS, { type: 'group',
    title: `t${world.roll(99)}`,
    members: world.people.filter((p) => p.id !== me.id && flag(world))
      .map((p) => p.id) })],
  entitle: [3, inGroup((world, me, path) => me.api.patch(path,
    { title: `t${world.roll(99)}` }))],
  bring: [4, inGroup((world, me, path) => me.api.post(`${path}/members`,
    { user_id: someone(world, me).id }))],
  kick: [2, inGroup((world, me, path) => me.api.delete(member(world, path)))],
  quit: [2, inGroup((world, me, path) =>
    me.api.delete(`${path}/members/${me.id}`))],
  nickname: [3, inGroup((world, me, path) => me.api.patch(
    `${path}/members/${me.id}`, { nickname: `k${world.roll(99)}` }))],
  appoint: [3, inGroup((world, me, path) => me.api.patch(member(world, path),
    { role: world.pick(['admin', 'member']) }))],
  mute: [2, inGroup((world, me, path) => me.api.patch(member(world, path),
    { muted_until: world.pick([null, '2099-01-01T00:00:00.000Z']) }))],
  recall: [3, async (world, me) => {
    const { json } = await me.api.get(`${CONVERSATIONS}?hidden=true`);
    const c = world.pick(json.items.filter((x) => x.type === 'group'));
    const page = c && await me.api.get(`/messages?conv_id=${c.id}`);
    const m = world.pick(page?.json.items ?? []);
    return m && me.api.delete(`/messages/${m.id}`);
  }],
  transfer: [1, inGroup((world, me, path) => me.api.post(`${path}/transfer`,
    { user_id: someone(world, me).id }))],
  dissolve: [1, inGroup((world, me, path) => world.roll(3) === 0 &&
    me.api.delete(path))],

  // Somebody without a client takes part for a while, and goes for good.
  visit: [3, (world) => {
    const guest = world.pick(world.guests);
    return guest?.api.post('/contact-requests',
      { user_id: someone(world, guest).id, greeting: 'a guest' });
  }],
  leave: [1, (world) => world.guests.length > 0 && world.roll(3) === 0 &&
    world.guests.pop().api.delete('/users/me')],
  presence: [4, (world, me) => me.api.patch('/users/me',
    { presence: world.pick(['online', 'away', 'busy', 'invisible']) })],
};
