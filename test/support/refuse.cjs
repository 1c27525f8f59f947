// Loaded before the program: lets the file system refuse a call as a broken disk would.
// REFUSE is "<function of node:fs>:<the how-manieth call, or *>:<error code>"; several are separated by commas.
const fs = require('node:fs');

if (process.argv[1]?.endsWith('flue.js')) {
	for (const rule of (process.env.REFUSE ?? '').split(',')) {
		const [name, at, code] = rule.split(':');
		const original = fs[name];
		let calls = 0;
		fs[name] = (...args) => {
			calls += 1;
			if (at === '*' || calls === Number(at)) throw Object.assign(new Error(`${code}: refused by the test`), { code });
			return original(...args);
		};
	}
	require('node:module').syncBuiltinESMExports();
}
