// The custom elements. wasm-bindgen cannot export a class that extends HTMLElement, so the two classes live here and
// call the module's door: mount, destroy, run. If the module traps, everything is mounted again from what is durable.
const base = new URL('./', import.meta.url);
const styles = ['reset', 'tokens', 'base', 'widget', 'screen', 'panels'].map((name) => new URL(`css/${name}.css`, base).href);
const mounted = new Set();
let generation = 0;
let door = null;

// The first task comes first: the panels, and the part of the modules that it does not need, load when it is drawn, or
// after a while where there is none.
const PATIENCE_MS = 3000;
let drawn;
const firstTask = new Promise((done) => { drawn = done; });
const patience = () => new Promise((done) => setTimeout(done, PATIENCE_MS));

function load() {
  door ??= (async () => {
    // a module instance that trapped stays broken: a new generation gets a new instance
    const suffix = generation ? `?generation=${generation}` : '';
    const module = await import(new URL(`pkg/app.js${suffix}`, base).href);
    if (generation) await module.holdRest();
    await module.default({ module_or_path: new URL('pkg/app_bg.wasm', base) });
    firstTask.then(() => module.loadRest()).catch(() => { /* what needs it asks again */ });
    return module;
  })();
  return door;
}

// The worker's module loads beside the page's own, so that neither waits for the other. The first element that is mounted
// takes it.
let early = null;
function startWorker(element) {
  if (early || generation || element.hasAttribute('trace')) return;
  early = new Worker(new URL('compute.js', base), { type: 'module' });
  early.onmessage = () => { early.runs = true; };
}

function takeWorker() {
  const worker = early?.taken ? undefined : early ?? undefined;
  if (worker) worker.taken = true;
  return worker;
}

class CountersignElement extends HTMLElement {
  static observedAttributes = ['project', 'annotator'];
  #number = 0;
  #root = null;
  #turn = 0;
  #mounting = null;
  #reflecting = false;

  connectedCallback() {
    mounted.add(this);
    startWorker(this);
    // the frame after the one that draws the task: what comes next must not delay that
    this.addEventListener('shown', () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))), { once: true });
    this.#mounting = this.#mount();
  }

  disconnectedCallback() {
    mounted.delete(this);
    this.#unmount();
  }

  attributeChangedCallback(_name, before, after) {
    if (this.isConnected && this.#root && !this.#reflecting && before !== after) this.remount();
  }

  remount() {
    this.#unmount();
    this.#mounting = this.#mount();
  }

  /** The module tells what is shown: a person opened another project, or another person labels. Mounted again, it shows the same. */
  reflect(project, annotator) {
    if (!this.#root) return;
    this.#reflecting = true;
    for (const [name, value] of Object.entries({ project, annotator })) {
      if (this.getAttribute(name) !== value) this.setAttribute(name, value);
    }
    this.removeAttribute('join');
    this.#reflecting = false;
  }

  forget() {
    this.#number = 0;
  }

  async #mount() {
    const turn = ++this.#turn;
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const links = styles.map((href) => Object.assign(document.createElement('link'), { rel: 'stylesheet', href }));
    const root = document.createElement('div');
    root.className = 'cs-root';
    shadow.replaceChildren(...links, root);
    this.#root = root;
    try {
      const [module] = await Promise.all([load(), this.turn(), ...links.map(loaded)]);
      if (turn !== this.#turn || !this.isConnected) return;
      this.#number = module.mount(root, this, {
        kind: this.constructor.kind,
        project: this.getAttribute('project') ?? 'support-desk',
        annotator: this.getAttribute('annotator') ?? 'me',
        base: base.href,
        join: this.getAttribute('join') ?? undefined,
        trace: this.hasAttribute('trace'),
        whole: generation > 0,
      }, takeWorker());
    } catch (error) {
      this.fail(error?.message ?? String(error));
    }
  }

  /** Nothing can be drawn; the work that was kept comes back with the page. */
  fail(why) {
    this.#root.textContent = `The labeling module could not start (${why}). Your work is kept. Reload the page.`;
    this.dispatchEvent(new CustomEvent('error', { bubbles: true, composed: true, detail: { code: 'module', message: why } }));
  }

  async #unmount() {
    this.#turn++;
    const number = this.#number;
    this.#number = 0;
    if (number) (await load()).destroy(number);
  }

  /** Carries out an action by its name, as its shortcut would: `submit`, `undo`, `next` … Answers whether it was allowed. */
  async run(action) {
    await this.#mounting;
    return this.#number ? (await load()).run(this.#number, action) : false;
  }

  /** Opens a project of texts: `{ slug, name, config, tasks, guideline }`. */
  async openProject(project) {
    await this.#mounting;
    return (await load()).openProject(this.#number, project);
  }

  submit() { return this.run('submit'); }
  skip() { return this.run('skip'); }
  next() { return this.run('next'); }
  previous() { return this.run('previous'); }
  undo() { return this.run('undo'); }
  redo() { return this.run('redo'); }
}

const loaded = (link) => new Promise((done) => {
  link.addEventListener('load', done, { once: true });
  link.addEventListener('error', done, { once: true });
});

let restarts = 0;
async function restart() {
  if (++restarts > 5) {
    for (const element of mounted) {
      element.forget();
      element.fail('it stopped again and again');
    }
    return;
  }
  generation++;
  door = null;
  for (const element of mounted) {
    element.forget();
    element.remount();
    element.dispatchEvent(new CustomEvent('error', {
      bubbles: true, composed: true, detail: { code: 'trapped', message: 'the module stopped and was started again; your work is kept' },
    }));
  }
}

window.addEventListener('error', (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) restart();
});
window.addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof WebAssembly.RuntimeError) restart();
});
window.addEventListener('countersign-trapped', restart);

class Labeler extends CountersignElement {
  static kind = 'labeler';
  async turn() { patience().then(drawn); }
}
class Panels extends CountersignElement {
  static kind = 'panels';
  async turn() {
    if (document.querySelector('countersign-labeler')) await Promise.race([firstTask, patience()]);
    else drawn();
    // without the rest there are no panels; the labeling goes on
    await (await load()).loadRest();
  }
}
customElements.get('countersign-labeler') ?? customElements.define('countersign-labeler', Labeler);
customElements.get('countersign-panels') ?? customElements.define('countersign-panels', Panels);
