/**
 * `flue check --live`: runs the connector of a project on a sandbox that it creates and deletes.
 * A process of its own, with the connector's folder as its current one, so that packages are found as the connector finds them.
 * It tells what it does over the IPC channel alone: what an SDK prints can hold a key.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Not as words of the command line: in those another program could find the sandbox's name. */
const [options] = await once(process, 'message');
const { connector, exportName, sdk, request, createSeconds, deadline, secrets } = options;
const { name } = request;
const OPERATION_MS = 30_000;
/** A deadline of one second, the grace of the command, and the way to the sandbox. */
const DEADLINE_MS = 15_000;
const DELETE_MS = 30_000;

const cancelled = new AbortController();
const cancel = () => cancelled.abort();
process.on('message', cancel).on('disconnect', cancel);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, cancel);

function tell(message) {
	// The reader may be gone; what is left to do is to delete the sandbox.
	if (process.connected) process.send(message, () => {});
}

function withoutSecrets(text) {
	const values = secrets.map((key) => process.env[key] ?? '').filter((value) => value !== '');
	return values.reduce((rest, value) => rest.replaceAll(value, '***'), text).slice(0, 1000);
}

/** An error and its causes as plain data; the first status and code on the way down are the ones that count. */
function describe(error) {
	const chain = [];
	for (let one = error; one instanceof Object && chain.length < 5; one = one.cause) chain.push(one);
	if (chain.length === 0) return { message: withoutSecrets(String(error)) };
	const statusCode = chain.map((one) => one.statusCode).find(Number.isInteger);
	const code = chain.map((one) => one.code).find((value) => typeof value === 'string');
	return {
		name: String(chain[0].name ?? ''),
		message: withoutSecrets(String(chain[0].message ?? error)),
		...(statusCode === undefined ? {} : { statusCode }),
		...(code === undefined ? {} : { code }),
	};
}

/** What an operation gave is not what it had to give. */
class Mismatch extends Error {
	name = 'Mismatch';
}

function expect(isRight, message) {
	if (!isRight) throw new Mismatch(message);
}

function show(value) {
	return JSON.stringify(value instanceof Uint8Array ? [...value.subarray(0, 20)] : value)?.slice(0, 200);
}

async function within(ms, work) {
	const ended = new AbortController();
	const late = sleep(ms, undefined, { signal: ended.signal }).then(() => {
		throw new Mismatch(`no answer within ${ms / 1000} s`);
	});
	late.catch(() => {});
	const stopped = new Promise((_resolve, reject) => {
		const stop = () => reject(new Mismatch('cancelled'));
		if (cancelled.signal.aborted) stop();
		else cancelled.signal.addEventListener('abort', stop, { signal: ended.signal });
	});
	try {
		return await Promise.race([work(), late, stopped]);
	} finally {
		ended.abort();
	}
}

/** Resolves to whether the step passed. `work` may return a note. */
async function step(id, work, ms = OPERATION_MS) {
	if (cancelled.signal.aborted) return false;
	tell({ type: 'begin', step: id });
	const start = performance.now();
	const end = (rest) => tell({ type: 'end', step: id, ms: Math.round(performance.now() - start), ...rest });
	try {
		const note = await within(ms, work);
		end({ status: 'passed', ...(typeof note === 'string' ? { note } : {}) });
		return true;
	} catch (error) {
		if (!cancelled.signal.aborted) end({ status: 'failed', error: describe(error) });
		return false;
	}
}

/** As bundlers read a project's own modules: TypeScript whatever package.json says, and imports without an ending. */
function readLikeABundler() {
	const isModule = (url) => /^file:.*\.m?ts$/.test(url) && !url.includes('/node_modules/');
	module.registerHooks({
		resolve(specifier, context, next) {
			try {
				return next(specifier, context);
			} catch (error) {
				if (!/^\.{1,2}\//.test(specifier) || context.parentURL?.startsWith('file:') !== true) throw error;
				const base = new URL(specifier, context.parentURL).href;
				const candidates = [`${base}.ts`, base.replace(/\.(m?)js$/, '.$1ts'), `${base}/index.ts`];
				const url = candidates.find((candidate) => existsSync(fileURLToPath(candidate)));
				if (url === undefined) throw error;
				return { url, shortCircuit: true };
			}
		},
		load: (url, context, next) => next(url, isModule(url) ? { ...context, format: 'module-typescript' } : context),
	});
}

let client;
let sandbox;
let creating;
let env;

async function load() {
	readLikeABundler();
	const [{ Daytona }, own] = await Promise.all([import(sdk), import(pathToFileURL(connector).href)]);
	const factory = own[exportName];
	expect(typeof factory === 'function', `the file exports no function ${exportName}`);
	return { Daytona, factory };
}

async function create({ Daytona }) {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_URL: apiUrl = '', DAYTONA_TARGET: target = '' } = process.env;
	client = new Daytona({ apiUrl, target });
	creating = client.create(request, { timeout: createSeconds });
	creating.catch(() => {});
	sandbox = await creating;
}

async function open({ factory }) {
	const made = factory(sandbox);
	const create = made?.createSandbox ?? made?.createSessionEnv;
	expect(typeof create === 'function', 'the connector has neither createSandbox() nor createSessionEnv()');
	env = await create.call(made, { id: name });
}

const NOT_THERE = '/flue-check/is-not-there';

function operations() {
	const folder = `${String(env.cwd ?? '/tmp').replace(/\/$/, '')}/${name}`;
	const [text, binary] = [`${folder}/text with 'quotes'.txt`, `${folder}/binary`];
	const words = 'one \u00fc \u2713 \u{1F980}\ntwo "quoted" $HOME `x` \\n\nno line end';
	const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
	return {
		async exec() {
			const { stdout, exitCode } = await env.exec(`echo "one
two" | cat; echo 'it'"'"'s three'`);
			expect(exitCode === 0, `exit code ${exitCode} instead of 0`);
			expect(stdout === "one\ntwo\nit's three\n", `stdout is ${show(stdout)}`);
		},
		async streams() {
			const { stdout, stderr } = await env.exec('echo out; echo err >&2');
			expect(stdout === 'out\n' && stderr === 'err\n', `stdout is ${show(stdout)}, stderr is ${show(stderr)}`);
		},
		async 'exit-code'() {
			const { exitCode } = await env.exec('exit 7');
			expect(exitCode === 7, `${show(exitCode)} instead of 7`);
		},
		async deadline() {
			const start = performance.now();
			const { exitCode } = await env.exec('sleep 60', deadline);
			const seconds = Math.round((performance.now() - start) / 1000);
			expect(exitCode === 124, `exit code ${exitCode} after ${seconds} s instead of 124 after 1 s`);
		},
		async abort() {
			const controller = new AbortController();
			const call = env.exec(`sh -c 'sleep 60; :' ${name}`, { signal: controller.signal });
			await Promise.race([call, sleep(500)]);
			controller.abort();
			const ended = await call.then(
				({ exitCode }) => exitCode !== 0,
				() => true,
			);
			expect(ended, 'the command ran to its end');
			const pattern = `${name.slice(0, -1)}[${name.at(-1)}]`;
			for (let tries = 0; tries < 4; tries++) {
				if ((await env.exec(`grep -qs ${pattern} /proc/[0-9]*/cmdline`)).exitCode !== 0) return undefined;
				await sleep(500);
			}
			return 'the call ended, and the command goes on in the sandbox';
		},
		async text() {
			await env.mkdir(folder, { recursive: true });
			await env.writeFile(text, words);
			const read = await env.readFile(text);
			expect(read === words, `what was read is ${show(read)}`);
		},
		async binary() {
			await env.writeFile(binary, bytes);
			const read = await env.readFileBuffer(binary);
			expect(Buffer.compare(bytes, read) === 0, `what was read is ${read.length} bytes: ${show(read)}`);
		},
		async list() {
			const names = await env.readdir(folder);
			expect(show([...names].sort()) === show(['binary', "text with 'quotes'.txt"]), `the names are ${show(names)}`);
		},
		async stat() {
			const { isFile, isDirectory, size = bytes.length } = await env.stat(binary);
			expect(isFile && !isDirectory && size === bytes.length, `it says ${show({ isFile, isDirectory, size })}`);
		},
		async exists() {
			const [yes, no] = [await env.exists(binary), await env.exists(NOT_THERE)];
			expect(yes === true && no === false, `it says ${yes} of a file and ${no} of none`);
		},
		async remove() {
			await env.rm(folder, { recursive: true });
			expect((await env.exists(folder)) === false, 'the folder is still there');
		},
	};
}

/** A create whose answer was lost, or is not waited for, may have made one. */
async function findSandbox() {
	if (sandbox !== undefined || creating === undefined) return sandbox;
	const limit = new AbortController();
	const late = sleep(DELETE_MS, undefined, { signal: limit.signal }).catch(() => {});
	sandbox = await Promise.race([creating.catch(() => undefined), late]);
	limit.abort();
	return (sandbox ??= await client.get(name).catch(() => undefined));
}

async function remove() {
	for (let tries = 0; ; tries++) {
		try {
			return await sandbox.delete(DELETE_MS / 1000);
		} catch (error) {
			if (error?.statusCode === 404) return undefined;
			if (tries === 4) throw error;
			// It may be on its way to another state.
			await sleep(1000);
		}
	}
}

async function deleteSandbox() {
	if ((await findSandbox()) === undefined) return;
	tell({ type: 'begin', step: 'delete' });
	const start = performance.now();
	const limit = sleep(DELETE_MS * 2).then(() => {
		throw new Mismatch('no answer');
	});
	const end = (rest) =>
		tell({ type: 'end', step: 'delete', ms: Math.round(performance.now() - start), sandbox: sandbox.id, ...rest });
	await Promise.race([remove(), limit]).then(
		() => end({ status: 'passed' }),
		(error) => end({ status: 'failed', error: describe(error) }),
	);
}

async function check() {
	let loaded;
	if (!(await step('load', async () => void (loaded = await load())))) return;
	if (!(await step('create', () => create(loaded), (createSeconds + 5) * 1000))) return;
	if (!(await step('open', () => open(loaded)))) return;
	for (const [id, work] of Object.entries(operations())) {
		await step(id, work, id === 'deadline' || id === 'abort' ? DEADLINE_MS : OPERATION_MS);
	}
}

// What nobody waits for any more may still fail: an error of a call in flight ends nothing here.
process.on('uncaughtException', () => {}).on('unhandledRejection', () => {});
await check();
await deleteSandbox();
if (process.connected) await new Promise((resolve) => void process.send({ type: 'done' }, resolve));
process.exit(0);
