// SPDX-License-Identifier: MIT
//
// forms.mjs -- What a browser without a script knows of a page: its forms.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };

export const decode = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name])
    .replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(Number(n)));

function attributes(tag) {
  const found = {};
  for (const [, name, value] of
    tag.matchAll(/([a-z_-]+)(?:="([^"]*)")?/g))
    found[name] = decode(value ?? '');
  return found;
}

// [{action, fields, text}], fields with the values they stand there with.
export function formsOf(html) {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map((m) => {
    const fields = {};
    for (const [, tag] of m[2].matchAll(/<input\b([^>]*)>/g)) {
      const { name, value, type, checked } = attributes(tag);
      if (name && (!['checkbox', 'radio'].includes(type) ||
          checked !== undefined))
        fields[name] = value ?? '';
    }
    for (const [, tag, value] of
      m[2].matchAll(/<textarea\b([^>]*)>(.*?)<\/textarea>/gs))
      fields[attributes(tag).name] = decode(value).replace(/^\n/, '');
    for (const [, tag, options] of
      m[2].matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)) {
      const chosen = /<option\b([^>]*\bselected\b[^>]*)>/.exec(options) ??
        /<option\b([^>]*)>/.exec(options);
      fields[attributes(tag).name] = attributes(chosen?.[1] ?? '').value;
    }
    return { action: attributes(m[1]).action, fields, text: m[2] };
  });
}

// The form of a page that posts to action, with the _method if one is given.
export function formOf(html, action, method) {
  const form = formsOf(html).find((f) => f.action === action &&
    (method === undefined || f.fields._method === method));
  if (!form)
    throw new Error(`no form to ${action}; there are: ` +
      formsOf(html).map((f) => `${f.action} ${f.fields._method ?? ''}`));
  return form;
}

// Opens a page, fills the form and posts it; gives the reply as it is.
export async function submit(browser, page, action, values = {}, method) {
  const { text } = typeof page === 'string' ?
    await browser.send('GET', page) : page;
  const { fields } = formOf(text, action, method);
  return browser.send('POST', action, { form: { ...fields, ...values } });
}

// Goes where a 303 says; a change is always answered by one.
export async function follow(browser, promise) {
  const res = await promise;
  if (res.status !== 303)
    throw new Error(`${res.status} instead of 303: ${res.text.slice(0, 800)}`);
  const url = new URL(res.headers.location, browser.base);
  if (url.origin !== new URL(browser.base).origin)
    throw new Error(`sent elsewhere: ${url}`);
  const page = await browser.send('GET', url.pathname + url.search);
  return { ...page, location: url.pathname + url.search, hash: url.hash };
}
