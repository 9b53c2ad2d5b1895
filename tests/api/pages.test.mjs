// SPDX-License-Identifier: MIT
// Pages as forms: the whole of it with a cookie jar and no script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, expect } from '../lib/client.mjs';
import { decode, follow, formOf, formsOf, submit } from '../lib/forms.mjs';
import { useShared } from '../lib/instance.mjs';
import { newcomer, pair, PASSWORD, word } from '../lib/people.mjs';

const server = useShared();

async function registered(name) {
  const browser = new Client(server.url, { cookies: true });
  const username = `${name}_${word(10)}`;
  const home = await follow(browser, submit(browser, '/register', '/register',
    { username, display_name: name, password: PASSWORD }));
  assert.equal(home.location, '/');
  assert.equal(home.status, 200);
  const me = await expect(browser.send('GET', '/api/v1/users/me'), 200);
  return Object.assign(browser, { username, id: me.id });
}

const page = async (browser, path) => {
  const res = await browser.send('GET', path);
  assert.equal(res.status, 200, `${path}: ${res.status}`);
  assert.match(res.type, /^text\/html; *charset=utf-8/i);
  return res;
};

test('two_people_register_become_contacts_and_talk_by_forms_alone',
  async () => {
    const [ann, bob] = [await registered('ann'), await registered('bob')];
    const found = await page(ann, `/contacts?query=${bob.username}`);
    assert.ok(found.text.includes(`/u/${bob.id}`));
    const asked = await follow(ann, submit(ann, `/u/${bob.id}`,
      '/contact-requests', { note: 'It is me', greeting: 'Hello Bob' }));
    assert.equal(asked.location.split('?')[0], `/u/${bob.id}`);
    const requests = await page(bob, '/contacts');
    assert.ok(requests.text.includes('It is me'));
    const accept = formsOf(requests.text).find((f) =>
      /^\/contact-requests\/\d+\/accept$/.test(f.action));
    await follow(bob, submit(bob, requests, accept.action));
    const opened = await follow(bob, submit(bob, `/u/${ann.id}`,
      '/conversations'));
    assert.match(opened.location, /^\/c\/\d+$/);
    assert.ok(opened.text.includes('Hello Bob'));
    const sent = await follow(bob, submit(bob, opened, '/messages',
      { content: 'Hello <Ann> & "all"\nsecond line' }));
    assert.equal(sent.location, opened.location);
    assert.equal(sent.hash, '#m2');
    const seen = await page(ann, opened.location);
    assert.ok(seen.text.includes('Hello &lt;Ann&gt; &amp;'));
    const read = formOf(seen.text, `/conversations/${
      opened.location.slice(3)}/read`);
    await follow(ann, submit(ann, seen, read.action));
    const list = await expect(ann.send('GET', '/api/v1/conversations'), 200);
    assert.equal(list.items[0].unread, 0);
  });

test('a_double_click_is_one_message', async () => {
  const [ann, , conv] = await pair(server.url);
  const browser = await ann.browse();
  const chat = await page(browser, `/c/${conv}`);
  const { fields } = formOf(chat.text, '/messages');
  assert.match(fields.client_msg_id, /^[\x21-\x7e]{1,64}$/);
  const form = { ...fields, content: 'once' };
  const replies = await Promise.all([1, 2].map(() =>
    browser.send('POST', '/messages', { form })));
  assert.deepEqual(replies.map((r) => r.status), [303, 303]);
  assert.equal((await ann.history(conv)).items.length, 1);
});

test('a_refused_registration_comes_back_with_what_was_typed', async () => {
  const browser = new Client(server.url, { cookies: true });
  const res = await submit(browser, '/register', '/register',
    { username: 'no good!', display_name: 'A & B "C" <d>', password: 'x' });
  assert.equal(res.status, 422);
  assert.match(res.type, /^text\/html/);
  const { fields } = formOf(res.text, '/register');
  assert.equal(fields.username, 'no good!');
  assert.equal(fields.display_name, 'A & B "C" <d>');
  assert.equal(fields.password ?? '', '', 'a password is never shown again');
  assert.ok(!res.text.includes('<d>'));
});

test('a_refused_log_in_keeps_the_name_and_says_so', async () => {
  const browser = new Client(server.url, { cookies: true });
  const res = await submit(browser, '/login', '/login',
    { login: 'nobody"<b>', password: 'wrong' });
  assert.equal(res.status, 401);
  assert.equal(formOf(res.text, '/login').fields.login, 'nobody"<b>');
  assert.ok(!res.text.includes('<b>'));
  assert.equal(browser.jar.size, 0);
});

test('a_refused_message_comes_back_in_the_chat', async () => {
  const [ann, , conv] = await pair(server.url);
  const browser = await ann.browse();
  const content = `${'long '.repeat(2000)}<end>`;
  const res = await submit(browser, `/c/${conv}`, '/messages', { content });
  assert.equal(res.status, 422);
  assert.equal(formOf(res.text, '/messages').fields.content, content);
});

test('a_refused_profile_keeps_every_field', async () => {
  const browser = await (await newcomer(server.url, 'ann')).browse();
  const res = await submit(browser, '/settings/profile', '/users/me',
    { display_name: '', bio: 'still here' }, 'PATCH');
  assert.equal(res.status, 422);
  assert.equal(formOf(res.text, '/users/me', 'PATCH').fields.bio,
    'still here');
});

test('pages_send_strangers_to_log_in_and_back', async () => {
  const ann = await newcomer(server.url, 'ann');
  for (const path of ['/', '/contacts?query=a%26b', '/settings/profile',
    '/c/1']) {
    const browser = new Client(server.url, { cookies: true });
    const login = await follow(browser, browser.send('GET', path));
    assert.match(login.location, /^\/login(\?next=|$)/);
    const back = await browser.send('POST', '/login', { form: {
      ...formOf(login.text, '/login').fields, login: ann.username,
      password: PASSWORD } });
    assert.equal(back.status, 303);
    assert.equal(decode(back.headers.location), path);
  }
});

test('log_in_leads_to_own_paths_only', async () => {
  const ann = await newcomer(server.url, 'ann');
  for (const next of ['https://evil.example/', '//evil.example/',
    '/\\evil.example', '\\\\evil.example', 'javascript:alert(1)',
    'http:/evil', '/\t/evil.example', '/\n/evil.example', 'x', '']) {
    const browser = new Client(server.url, { cookies: true });
    const res = await browser.send('POST', '/login', { form: {
      login: ann.username, password: PASSWORD, next } });
    if (res.status === 422 && /[\t\n]/.test(next))
      continue; // no text of one line at all
    assert.equal(res.status, 303, next);
    assert.equal(res.headers.location, '/', next);
  }
});

test('the_log_in_cookies_are_for_the_server_only', async () => {
  const ann = await newcomer(server.url, 'ann');
  const res = await new Client(server.url).send('POST', '/login', { form: {
    login: ann.username, password: PASSWORD } });
  assert.equal(res.status, 303);
  assert.ok(res.headers['set-cookie'].length >= 1);
  for (const cookie of res.headers['set-cookie']) {
    assert.match(cookie, /; *HttpOnly/i);
    assert.match(cookie, /; *SameSite=(Lax|Strict)/i);
    assert.match(cookie, /; *Path=\//i);
  }
});

test('logging_out_ends_the_session_and_forgets_the_cookie', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  const cookies = new Map(browser.jar);
  const out = await follow(browser, submit(browser, '/settings/profile',
    '/sessions/current', {}, 'DELETE'));
  assert.equal(out.location.split('?')[0], '/login');
  assert.equal(browser.jar.size, 0);
  browser.jar = cookies;
  assert.equal((await browser.send('GET', '/api/v1/users/me')).status, 401);
});

test('the_settings_change_by_forms', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  const saved = await follow(browser, submit(browser, '/settings/profile',
    '/users/me', { display_name: '安娜', bio: 'a\nb' }, 'PATCH'));
  assert.match(saved.location, /ok=saved/);
  const me = await expect(ann.api.get('/users/me'), 200);
  assert.equal(me.display_name, '安娜');
  assert.equal(me.bio.replaceAll('\r\n', '\n'), 'a\nb');
  const looks = await page(browser, '/settings/appearance');
  for (const form of formsOf(looks.text).filter((f) =>
    f.action === '/users/me'))
    await follow(browser, browser.send('POST', '/users/me', { form: {
      ...form.fields, ...('locale' in form.fields ? { locale: 'zh' } : {}),
      ...('theme' in form.fields ? { theme: 'dark' } : {}) } }));
  assert.match((await page(browser, '/')).text, /<html lang="zh[^>]*dark/);
  await follow(browser, submit(browser, '/settings/password',
    '/users/me/password', { old_password: PASSWORD,
      new_password: 'fresh-Meadow-55-tin' }, 'PUT'));
  await expect(new Client(server.url).post('/sessions',
    { login: ann.username, password: 'fresh-Meadow-55-tin' }), 201);
});

test('another_session_is_ended_from_its_list', async () => {
  const ann = await newcomer(server.url, 'ann');
  const browser = await ann.browse();
  await follow(browser, submit(browser, '/settings/sessions',
    `/sessions/${ann.session}`, {}, 'DELETE'));
  await expect(ann.api.get('/users/me'), 401, 'unauthorized');
});

test('blocking_and_unblocking_go_by_forms', async () => {
  const ann = await newcomer(server.url, 'ann');
  const bob = await newcomer(server.url, 'bob');
  const browser = await ann.browse();
  await follow(browser, submit(browser, `/u/${bob.id}`, `/blocks/${bob.id}`,
    {}, 'PUT'));
  assert.ok((await page(browser, '/settings/blocks')).text
    .includes(bob.username));
  await follow(browser, submit(browser, `/u/${bob.id}`, `/blocks/${bob.id}`,
    {}, 'DELETE'));
  assert.deepEqual((await expect(ann.api.get('/blocks'), 200)).items, []);
});

test('a_list_of_the_settings_goes_on_beyond_its_first_page', async () => {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd']
    .map((name) => newcomer(server.url, name)));
  for (const { id } of [bob, cyd])
    await expect(ann.api.put(`/blocks/${id}`), 204);
  const browser = await ann.browse();
  for (const path of ['/settings/blocks', '/settings/sessions']) {
    const first = await page(browser, `${path}?limit=1`);
    const [, next] = first.text.match(`href="(${path}\\?cursor=[^"]+)"`);
    const second = await page(browser, decode(next));
    for (const { text } of [first, second])
      assert.equal(text.match(/<li class="row">/g).length, 1, path);
    assert.ok(!second.text.includes('?cursor='), path);
  }
});

test('requests_beyond_those_shown_are_a_link_away', async () => {
  const [ann, bob, cyd] = await Promise.all(['ann', 'bob', 'cyd']
    .map((name) => newcomer(server.url, name)));
  const ask = (from, to) => expect(
    from.api.post('/contact-requests', { user_id: to.id }), 201);
  await ask(bob, ann);
  await ask(cyd, ann);
  const browser = await ann.browse();
  const people = ({ text }, list) => [bob, cyd].filter(({ id }) => new RegExp(
    `<ul[^>]*id="l-${list}".*?</ul>`, 's').exec(text)?.[0]
    .includes(`/u/${id}"`));
  const walk = async (list) => {
    const first = await page(browser, '/contacts?limit=1');
    const [, next] = first.text.match(
      `href="(/contacts\\?list=requests_${list}[^"]+)"`);
    const second = await page(browser, decode(next));
    assert.match(second.text, /From the start/);
    assert.ok(!second.text.includes('cursor='));
    return [...people(first, list), ...people(second, list)];
  };
  assert.deepEqual(await walk('in'), [cyd, bob]);
  for (const { id } of (await expect(ann.api.get(
    '/contact-requests?direction=in'), 200)).items)
    await expect(ann.api.post(`/contact-requests/${id}/reject`), 200);
  await ask(ann, bob);
  await ask(ann, cyd);
  assert.deepEqual(await walk('out'), [cyd, bob]);
});

test('remark_pin_and_end_of_a_contact_go_by_forms', async () => {
  const [ann, bob] = await pair(server.url);
  const browser = await ann.browse();
  await follow(browser, submit(browser, `/u/${bob.id}`,
    `/contacts/${bob.id}`, { remark: 'Bobby' }, 'PATCH'));
  assert.equal((await expect(ann.api.get('/contacts'), 200)).items[0].remark,
    'Bobby');
  await follow(browser, submit(browser, `/u/${bob.id}`,
    `/contacts/${bob.id}`, {}, 'DELETE'));
  assert.deepEqual((await expect(ann.api.get('/contacts'), 200)).items, []);
});

test('a_long_chat_is_paged_by_links', async () => {
  const [ann, bob, conv] = await pair(server.url);
  for (let i = 1; i <= 60; i++)
    await ann.say(conv, `message number ${i} of them`);
  const browser = await bob.browse();
  const chat = await page(browser, `/c/${conv}`);
  assert.ok(chat.text.includes('message number 60 of'));
  assert.ok(!chat.text.includes('message number 1 of'));
  const older = /<a [^>]*href="(\/c\/\d+\?[^"]*before[^"]*)"/.exec(chat.text);
  assert.ok(older, 'a link to older messages');
  assert.ok((await page(browser, decode(older[1]))).text
    .includes('message number 1 of'));
});

test('what_is_typed_by_others_is_never_markup', async () => {
  const evil = '"><script>alert(1)</script>\'`${x}<?cs var:me.email ?>';
  const [ann, bob, conv] = await pair(server.url);
  await expect(bob.api.patch('/users/me', { display_name: evil.slice(0, 64),
    bio: evil }), 200);
  await bob.say(conv, evil);
  const eve = await newcomer(server.url, 'eve',
    { display_name: evil.slice(0, 64) });
  await expect(eve.api.post('/contact-requests', { user_id: ann.id,
    note: evil, greeting: evil }), 201);
  const browser = await ann.browse();
  for (const path of ['/', `/c/${conv}`, `/c/${conv}/info`, '/contacts',
    `/u/${bob.id}`, `/u/${eve.id}`,
    `/contacts?query=${encodeURIComponent(evil.slice(0, 40))}`]) {
    const { text } = await page(browser, path);
    assert.ok(!/<script>alert/.test(text), path);
    assert.ok(!/<\?cs/.test(text.replaceAll('&lt;?cs', '')), path);
  }
});

test('a_page_speaks_the_language_that_the_browser_prefers', async () => {
  const table = [['zh-CN,zh;q=0.9,en;q=0.1', 'zh'], ['en-US,en', 'en'],
    ['fr-FR', 'en'], ['de,zh;q=0.5', 'zh'], ['en;q=0,zh', 'zh'], ['*', 'en'],
    ['', 'en'], [',,;q=;;', 'en']];
  for (const [accept, lang] of table) {
    const { text } = await new Client(server.url).send('GET', '/login',
      { headers: { 'accept-language': accept } });
    assert.match(text, new RegExp(`<html lang="${lang}`), accept);
  }
});

test('a_path_that_there_is_not_is_told_as_its_reader_likes_it', async () => {
  const ann = await newcomer(server.url);
  const browser = await ann.browse();
  await expect(ann.api.patch('/users/me', { locale: 'zh', theme: 'dark' }),
    200);
  const res = await browser.send('GET', '/no/such/path');
  assert.equal(res.status, 404);
  assert.match(res.text, /<html lang="zh-CN" data-theme="dark">/);
});

test('every_page_tells_how_many_requests_wait', async () => {
  const [ann, bob] = [await newcomer(server.url), await newcomer(server.url)];
  const browser = await bob.browse();
  const badge = async () =>
    (await page(browser, '/')).text.match(/id="n-requests"([^>]*)>(\d*)/);
  assert.match((await badge())[1], /hidden/);
  await expect(ann.api.post('/contact-requests',
    { user_id: bob.id, note: 'We met <there>' }), 201);
  assert.deepEqual((await badge()).slice(1), ['', '1']);
  const asking = await page(browser, `/u/${ann.id}`);
  assert.ok(asking.text.includes('We met &lt;there&gt;'));
});

test('the_list_shows_what_a_message_says_and_not_how_it_was_typed',
  async () => {
    const [ann, bob, conv] = await pair(server.url);
    await ann.say(conv, '**Bold** and `code`\n\n- one\n- <two>');
    const list = await page(await bob.browse(), '/');
    assert.ok(list.text.includes('>Bold and code one &lt;two&gt;<'));
  });

test('a_chat_with_a_deleted_account_still_has_a_name', async () => {
  const [ann, bob, conv] = await pair(server.url);
  await ann.say(conv, 'Farewell');
  await expect(ann.api.delete('/users/me', { password: ann.password }), 204);
  const chat = await page(await bob.browse(), `/c/${conv}`);
  assert.match(chat.text, /<title>Deleted account · /);
  assert.match(chat.text, /<h1 class="name" dir="auto">Deleted account</);
  assert.match(chat.text, /<b dir="auto">Deleted account<\/b>/);
  assert.ok(chat.text.includes('This account has been deleted.'));
});

test('a_chat_of_others_is_a_page_not_found', async () => {
  const [, , conv] = await pair(server.url);
  const eve = await newcomer(server.url, 'eve');
  const browser = await eve.browse();
  for (const path of [`/c/${conv}`, `/c/${conv}/info`, '/c/999999999',
    '/u/999999999', '/c/x', '/u/0'])
    assert.equal((await browser.send('GET', path)).status, 404, path);
});

test('the_first_administrators_link_works_once_at_most', async () => {
  const browser = new Client(server.url, { cookies: true });
  for (const token of ['x', 'A'.repeat(32), '..%2f', '0'])
    assert.equal((await browser.send('GET', `/setup/${token}`)).status, 404,
      token);
});
