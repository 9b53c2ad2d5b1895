// SPDX-License-Identifier: MIT
//
// events.mjs -- What each frame changes of what a client knows (model.mjs).

export const EVENTS = {
  hello(model) {
    // Who is online follows; nobody else is.
    model.eachPerson((user) => { user.presence.status = 'offline'; });
  },
  presence(model, { user_id: id, status }) {
    model.presence(id, status);
  },
  message(model, message) {
    model.message(message);
  },
  gap(model, { conv_id: id, from_seq: from, to_seq: to }) {
    model.later(() => model.page(id, from - 1, to));
    model.refresh(id); // whom it called, and whether the user spoke there
  },
  receipt(model, { conv_id: id, user_id: user, read_seq: read = 0,
    delivered_seq: delivered = 0 }) {
    const c = model.conversations.get(id);
    if (c && user === model.me)
      model.ownReceipt(c, read, delivered);
    else if (c && user === c.peer?.id)
      model.peer(c, read, delivered);
    else if (!c)
      model.told++; // it is being asked for, perhaps as it was before
  },
  conversation(model, { conv_id: id }) {
    model.refresh(id);
  },
  member(model, { conv_id: id }) {
    model.refresh(id);
  },
  contact(model, { action, ...data }) {
    CONTACT[action](model, data);
  },
};

const CONTACT = {
  request(model, { request }) {
    model.requests.set(request.id, request);
  },
  rejected(model, { request }) {
    model.requests.delete(request.id);
  },
  cancelled(model, { request }) {
    model.requests.delete(request.id);
  },
  expired(model, { request }) {
    model.requests.delete(request.id);
  },
  label(model, { label }) {
    model.labels.set(label.id, label);
  },
  label_deleted(model, { label_id: id }) {
    model.unlabel(id);
  },
  accepted(model, { contact: { conv_id, request_id: request, ...contact } }) {
    model.requests.delete(request);
    model.contacts.set(contact.user.id, contact);
    model.presence(contact.user.id, contact.user.presence.status);
    if (!model.conversations.has(conv_id))
      model.refresh(conv_id);
  },
  updated(model, { contact }) {
    model.contacts.set(contact.user.id, contact);
    model.retitle(contact.user.id, contact.remark || contact.user.display_name);
  },
  deleted(model, { user_id: id }) {
    model.contacts.delete(id);
    model.presence(id, 'offline');
  },
  blocked(model, { block }) {
    model.blocks.set(block.user.id, block);
  },
  unblocked(model, { user_id: id }) {
    model.blocks.delete(id);
  },
  profile(model, { user }) {
    model.profile(user);
  },
};
