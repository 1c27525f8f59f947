// Loaded before the program: something happens at a call of node:fs. REFUSE holds rules, separated by commas, of the form
// "<function>:<the how-manieth call, or *>:<what>", where what is an error code, or a signal that the process then gets.
const fs = require('node:fs');

if (process.argv[1]?.endsWith('flue.js')) {
	for (const rule of (process.env.REFUSE ?? '').split(',')) {
		const [name, at, what] = rule.split(':');
		const original = fs[name];
		let calls = 0;
		fs[name] = (...args) => {
			calls += 1;
			if (at !== '*' && calls !== Number(at)) return original(...args);
			if (!what.startsWith('SIG')) throw Object.assign(new Error(`${what}: refused by the test`), { code: what });
			process.kill(process.pid, what);
			return original(...args);
		};
	}
	require('node:module').syncBuiltinESMExports();
}
