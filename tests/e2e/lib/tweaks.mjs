// What a browser may lack or get wrong, as scripts that run in a worker before its own. A test asks for a page under
// /with/NAME,NAME/ and everything there runs in such a browser.
export const TWEAKS = {
  'no-idb': "Object.defineProperty(self, 'indexedDB', { value: undefined });",

  'no-locks': "Object.defineProperty(WorkerNavigator.prototype, 'locks', { value: undefined });",

  'no-ed25519': `
    const generate = SubtleCrypto.prototype.generateKey;
    SubtleCrypto.prototype.generateKey = function (algorithm, ...rest) {
      if ((algorithm.name ?? algorithm) === 'Ed25519') return Promise.reject(new DOMException('not here', 'NotSupportedError'));
      return generate.call(this, algorithm, ...rest);
    };`,

  'no-subtle': "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });",

  // a message { clock: ms } moves this worker's clock by so much
  clock: `
    const now = Date.now.bind(Date);
    let moved = 0;
    Date.now = () => now() + moved;
    self.addEventListener('message', (event) => { if (typeof event.data?.clock === 'number') moved = event.data.clock; });`,
};
