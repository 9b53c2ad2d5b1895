// SPDX-License-Identifier: MIT
//
// kinds.mjs -- The lists that a client keeps, and how a fresh one reads them.

import { expect } from './client.mjs';

const LIMIT = 'limit=200';

async function all(api, path) {
  const items = [];
  let next = '';
  do {
    const page = await expect(api.get(
      `${path}${path.includes('?') ? '&' : '?'}${LIMIT}${next}`), 200);
    items.push(...page.items);
    next = page.next ? `&cursor=${encodeURIComponent(page.next)}` : null;
  } while (next);
  return items;
}

// The lists of a client, how a fresh one reads each, and what its items are
// known by.
export const KINDS = {
  conversations: { key: (c) => c.id,
    read: (api) => all(api, '/conversations?hidden=true') },
  contacts: { key: (c) => c.user.id,
    read: (api) => all(api, '/contacts?filter=all') },
  labels: { key: (l) => l.id, read: (api) => all(api, '/contact-labels') },
  requests: { key: (r) => r.id, read: async (api) => [
    ...await all(api, '/contact-requests?direction=in'),
    ...await all(api, '/contact-requests?direction=out')] },
  blocks: { key: (b) => b.user.id, read: (api) => all(api, '/blocks') },
};

// removed[].type of GET /sync
export const REMOVED = { contact: 'contacts', contact_request: 'requests',
  contact_label: 'labels', block: 'blocks', conversation: 'conversations' };

// The members of all groups; known by group and person.
export const seat = (conv, user) => `${conv}/${user}`;

// Fails where the reader has left in between.
export const membersOf = async (api, id) =>
  (await all(api, `/conversations/${id}/members`))
    .map((m) => ({ conv_id: id, ...m }));

KINDS.members = { key: (m) => seat(m.conv_id, m.user.id),
  read: async (api) => {
    const found = [];
    for (const c of await KINDS.conversations.read(api))
      if (c.type === 'group')
        found.push(...await membersOf(api, c.id).catch(() => []));
    return found;
  } };
