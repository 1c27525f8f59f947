/**
 * Loaded before the program: counts the calls that touch the project, and kills the process or makes a call fail at the one that
 * was chosen. FLUE_FAULT is the JSON of a `Fault`. A count is the same in every run; a clock is not.
 */
const fs = require('node:fs');
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');

const { root, at, action, code, trace, child } = JSON.parse(process.env.FLUE_FAULT);
const original = { ...fs };
const CHANGING =
	/^(?:write|append|copy|rename|rm|unlink|mkdir|symlink|link|chmod|fchmod|fsync|fdatasync|truncate|ftruncate|mkdtemp|utimes)/;
const descriptors = new Set();
const calls = [];
let isInside = false;

function isOurs(argument) {
	if (typeof argument === 'number') return descriptors.has(argument);
	return typeof argument === 'string' && (argument === root || argument.startsWith(`${root}/`));
}

function isChanging(name, args) {
	const opensForWriting = name === 'openSync' && typeof args[1] === 'string' && args[1] !== 'r';
	return opensForWriting || name === 'spawn' || CHANGING.test(name);
}

function die() {
	process.kill(process.pid, 'SIGKILL');
}

/** As far as the system came when the process was killed. */
function doHalf(name, args) {
	if (name === 'writeSync') {
		const [descriptor, bytes, offset = 0] = args;
		original.writeSync(descriptor, bytes, offset, Math.floor((bytes.length - offset) / 2));
	} else if (name === 'copyFileSync') {
		const bytes = original.readFileSync(args[0]);
		original.writeFileSync(args[1], bytes.subarray(0, Math.floor(bytes.length / 2)), { flag: 'wx' });
	}
}

function fail(name) {
	throw Object.assign(new Error(`${code}: the test says so, ${name}`), {
		code,
		syscall: name.replace(/Sync$/, ''),
		errno: -1,
	});
}

/** What a call refuses is a moment like any other. */
function callAndMind(call, isIt) {
	try {
		return call();
	} catch (error) {
		if (isIt && action === 'kill-after') die();
		throw error;
	}
}

function meet(name, args, call) {
	const changing = isChanging(name, args);
	const number = calls.push({ name, changing });
	const isIt = number === at;
	if (isIt && action === 'kill-before') die();
	if (isIt && action === 'kill-within') {
		doHalf(name, args);
		die();
	}
	if ((isIt && action === 'fail') || (action === 'fail-from' && number >= at && changing)) fail(name);
	if (action === 'short-writes' && name === 'writeSync') return original.writeSync(args[0], args[1], args[2], 1);
	const result = callAndMind(call, isIt);
	if (name === 'openSync') descriptors.add(result);
	if (name === 'closeSync') descriptors.delete(args[0]);
	if (name === 'spawn' && child !== undefined) original.writeFileSync(child, String(result.pid));
	if (isIt && action === 'kill-after') die();
	return result;
}

for (const [name, call] of Object.entries(original)) {
	if (typeof call !== 'function' || !name.endsWith('Sync') || name === 'existsSync') continue;
	fs[name] = Object.assign((...args) => {
		if (isInside || !args.slice(0, 2).some(isOurs)) return call(...args);
		isInside = true;
		try {
			return meet(name, args, () => call(...args));
		} finally {
			isInside = false;
		}
	}, call);
}

const { spawn } = childProcess;
childProcess.spawn = (...args) => meet('spawn', [], () => spawn(...args));
syncBuiltinESMExports();

if (trace !== undefined) process.on('exit', () => original.writeFileSync(trace, JSON.stringify(calls)));
