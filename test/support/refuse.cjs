// Loaded before the program: something happens at a call of node:fs. REFUSE holds rules, separated by commas, of the form
// "<function>:<when>:<what>". When is a number (the how-manieth call), or the end of the path that is its first argument;
// and an empty one means every call. The function may be one of another ("promises.open", "realpathSync.native");
// what is an error code, a signal that the process then gets, "network": the answer is the path of a network share, or "note":
// the call is listed in the file that NOTES names.
const fs = require('node:fs');

const { writeFileSync } = fs;
const notes = [];

if (process.argv[1]?.endsWith('flue.js')) {
	for (const rule of (process.env.REFUSE ?? '').split(',')) {
		const [name, when, what] = rule.split(':');
		const keys = name.split('.');
		const key = keys.pop();
		const holder = keys.reduce((object, part) => object[part], fs);
		const original = holder[key];
		let calls = 0;
		holder[key] = Object.assign((...args) => {
			// What is said on stdout and stderr does not count.
			if (name === 'writeSync' && args[0] <= 2) return original(...args);
			calls += 1;
			const isMeant = /^\d+$/.test(when) ? calls === Number(when) : String(args[0]).endsWith(when);
			if (!isMeant) return original(...args);
			if (what === 'note') {
				notes.push({ name, path: String(args[0]) });
				return original(...args);
			}
			if (what === 'network') return `\\\\server\\share${original(...args)}`;
			if (!what.startsWith('SIG')) throw Object.assign(new Error(`${what}: refused by the test`), { code: what });
			process.kill(process.pid, what);
			return original(...args);
		}, original);
	}
	require('node:module').syncBuiltinESMExports();
	if (process.env.NOTES !== undefined)
		process.on('exit', () => writeFileSync(process.env.NOTES, JSON.stringify(notes)));
}
