import { addon } from '../../dist/native/index.js';

/**
 * Runs `call` with a clock around every native function: how long the whole took, and how much of it was spent outside
 * of native code (tfjs, this package's TypeScript, the garbage collector).
 * @returns milliseconds; `by`: those inside, by native function
 */
export function outsideNative(call) {
  const plain = { ...addon };
  let inside = 0;
  const by = {};
  for (const [name, original] of Object.entries(plain)) {
    if (typeof original !== 'function' || /^[A-Z]|^setErrorClass$/.test(name)) continue;
    addon[name] = (...args) => {
      const begun = performance.now();
      const result = original(...args);
      const ms = performance.now() - begun;
      inside += ms;
      by[name] = (by[name] ?? 0) + ms;
      return result;
    };
  }
  try {
    const begun = performance.now();
    call();
    const whole = performance.now() - begun;
    return { whole, outside: whole - inside, by };
  } finally {
    Object.assign(addon, plain);
  }
}
