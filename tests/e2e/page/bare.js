// The least page: speaks the protocol of src/view/protocol.rs to a compute worker. Tests call these from outside.
const folder = new URL('..', import.meta.url);

/** Starts a worker; answers when it runs. `query` is `?trace` or nothing. */
async function connect(query = '') {
  const worker = new Worker(new URL(`compute.js${query}`, folder), { type: 'module' });
  const waiting = new Map();
  const me = { worker, views: {}, said: [], payloads: [] };
  let number = 0;
  let bell = [];
  await new Promise((ready, failed) => {
    worker.onerror = (event) => failed(new Error(`the worker failed: ${event.message ?? event.type}`));
    worker.onmessage = ({ data: [text, bytes] }) => {
      const tell = JSON.parse(text);
      // revealed values are for a person's eyes: the one message that may hold them is told apart
      me.said.push(text);
      if (tell.tell === 'ready') ready();
      if (tell.tell === 'view') me.views[JSON.stringify(tell.key)] = tell.view.of;
      if (tell.tell === 'answer') {
        waiting.get(tell.ask)?.({ result: tell.result, bytes });
        waiting.delete(tell.ask);
      }
      for (const ring of bell.splice(0)) ring();
    };
  });
  /** Asks; answers `Ok` or throws nothing: `{ ok }` or `{ trouble }`, and the text of a file. */
  me.ask = (what, files) => new Promise((done) => {
    const ask = ++number;
    waiting.set(ask, ({ result, bytes }) => {
      const file = bytes ? new TextDecoder().decode(bytes) : undefined;
      if ('Ok' in result) done({ ok: result.Ok, file, ask });
      else done({ trouble: result.Err.refusal ? { trouble: 'refused', ...result.Err } : result.Err, ask });
    });
    worker.postMessage([JSON.stringify({ ask, what }), files]);
  });
  me.must = async (what, files) => {
    const answer = await me.ask(what, files);
    if (answer.trouble) throw new Error(`${what.act}: ${JSON.stringify(answer.trouble)}`);
    return answer;
  };
  me.view = (key) => me.views[JSON.stringify(key)];
  /** Watches a view and waits until it is there and `until` holds of it. */
  me.watch = async (key, until = () => true) => {
    if (!me.view(key)) await me.must({ act: 'watch', key });
    for (;;) {
      const view = me.view(key);
      if (view && until(view)) return view;
      await new Promise((ring) => bell.push(ring));
    }
  };
  me.open = (slug = 'support-desk', profile = 'me') => me.must({ act: 'open', slug, profile });
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
