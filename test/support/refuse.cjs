// Loaded before the program: something happens at a call of node:fs. REFUSE holds rules, separated by commas, of the form
// "<function>:<when>:<what>". When is a number (the how-manieth call), or the end of the path that is its first argument;
// what is an error code, or a signal that the process then gets.
const fs = require('node:fs');

if (process.argv[1]?.endsWith('flue.cjs')) {
	for (const rule of (process.env.REFUSE ?? '').split(',')) {
		const [name, when, what] = rule.split(':');
		const original = fs[name];
		let calls = 0;
		fs[name] = (...args) => {
			// What is said on stdout and stderr is no file's.
			if (args[0] === 1 || args[0] === 2) return original(...args);
			calls += 1;
			const isMeant = /^\d+$/.test(when) ? calls === Number(when) : String(args[0]).endsWith(when);
			if (!isMeant) return original(...args);
			if (!what.startsWith('SIG')) throw Object.assign(new Error(`${what}: refused by the test`), { code: what });
			process.kill(process.pid, what);
			return original(...args);
		};
	}
	require('node:module').syncBuiltinESMExports();
}
