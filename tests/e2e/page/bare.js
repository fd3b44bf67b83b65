// The least page: speaks the protocol of src/view/protocol.rs to a compute worker. Tests call these from outside.
// The protocol writes every enum by name, `{ name: { fields } }`; here a name stands beside its fields.
const folder = new URL('..', import.meta.url);
const only = (named) => (typeof named === 'string' ? [named, {}] : Object.entries(named)[0]);
const named = (tag, { [tag]: name, ...fields }) => (Object.keys(fields).length || tag === 'act' ? { [name]: fields } : name);

/** Starts a worker; answers when it runs. `query` is `?trace` or nothing. */
async function connect(query = '') {
  const worker = new Worker(new URL(`compute.js${query}`, folder), { type: 'module' });
  const waiting = new Map();
  // `said`: every message as it came, for tests that look for what must not be in one
  const me = { worker, views: {}, said: [] };
  let number = 0;
  let bell = [];
  await new Promise((ready, failed) => {
    worker.onerror = (event) => failed(new Error(`the worker failed: ${event.message ?? event.type}`));
    worker.onmessage = ({ data: [text, bytes] }) => {
      const [name, tell] = only(JSON.parse(text));
      me.said.push(text);
      if (name === 'ready') ready();
      if (name === 'view') me.views[JSON.stringify(tell.key)] = only(tell.view)[1];
      if (name === 'rows') for (const [at, rows] of tell.chunks) me.views['"tasks"'].chunks[at] = rows;
      if (name === 'answer') {
        waiting.get(tell.ask)?.(tell.result, bytes);
        waiting.delete(tell.ask);
      }
      for (const ring of bell.splice(0)) ring();
    };
  });
  /** Asks `{ act, … }`; answers `{ ok }` or `{ trouble }`, with the text of a file where there is one. */
  me.ask = (what, files) => new Promise((done) => {
    const ask = ++number;
    waiting.set(ask, (result, bytes) => {
      const file = bytes ? new TextDecoder().decode(bytes) : undefined;
      const [kind, fields] = only(result.Ok ?? result.Err);
      done('Ok' in result ? { ok: { done: kind, ...fields }, file } : { trouble: { trouble: kind, ...fields } });
    });
    worker.postMessage([JSON.stringify({ ask, what: named('act', what) }), files]);
  });
  me.must = async (what, files) => {
    const answer = await me.ask(what, files);
    if (answer.trouble) throw new Error(`${what.act}: ${JSON.stringify(answer.trouble)}`);
    return answer;
  };
  me.view = (key) => me.views[JSON.stringify(named('view', key))];
  /** Watches a view, `{ view, … }`, and waits until it is there and `until` holds of it. */
  me.watch = async (key, until = () => true) => {
    if (!me.view(key)) await me.must({ act: 'watch', key: named('view', key) });
    for (;;) {
      const view = me.view(key);
      if (view && until(view)) return view;
      await new Promise((ring) => bell.push(ring));
    }
  };
  me.unwatch = async (key) => {
    await me.must({ act: 'unwatch', key: named('view', key) });
    delete me.views[JSON.stringify(named('view', key))];
  };
  me.open = (slug = 'support-desk', profile = 'me') => me.must({ act: 'open', slug, profile });
  me.openFiles = (files) => me.ask({ act: 'open_files', names: files.map((file) => file.name) }, files);
  me.tasks = async () => (await me.watch({ view: 'tasks' })).chunks.flat();
  me.hand = async (task) => {
    const { ok } = await me.must({ act: 'open_task', task });
    return me.watch({ view: 'task', task: ok.task });
  };
  me.log = async () => (await me.must({ act: 'download_log' })).file;
  me.export = async (format, raw = false) => (await me.must({ act: 'export', format, raw })).file;
  me.submit = (view, answers) => me.ask({
    act: 'submit', task: view.task, answers, released: view.released, prediction: null, model: null, duration_ms: 1000,
  });
  return me;
}

/** Answers that the sample's configuration asks for, with a text to be found again. */
function answersOf(text) {
  return [
    { control: 'intent', choices: ['Delivery'] },
    { control: 'topic', taxonomy: [['Order', 'Delivery', 'Late']] },
    { control: 'correction', text },
    { control: 'rationale', text: `why ${text}` },
  ];
}

Object.assign(window, { connect, answersOf });
