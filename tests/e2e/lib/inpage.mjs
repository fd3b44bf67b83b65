// Runs a function of the test inside the page, where `connect` and `answersOf` of page/bare.js are; errors come back.
import { until } from '../browsers.mjs';

/// For WebDriver: `run(function, ...arguments)`; arguments and result travel as JSON.
export function inPage(driver) {
  return async (work, ...given) => {
    await until('the bare page', () => driver.executeScript('return typeof connect === "function"'));
    await driver.manage().setTimeouts({ script: 120_000 });
    const answer = await driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      (${work.toString()})(...arguments[0]).then((result) => done({ result }), (error) => done({ error: String(error?.stack ?? error) }));
    `, given);
    if (answer.error) throw new Error(answer.error);
    return answer.result;
  };
}
