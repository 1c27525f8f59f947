/**
 * Runs the tools of a Flue agent in a Daytona sandbox: createAgent(() => ({ sandbox: daytona(sandbox), model }))
 * You own the sandbox: nothing here creates, starts, stops or deletes it.
 */
import type { Sandbox as DaytonaSandbox } from '@daytona/sdk';
import type { SandboxApi, SandboxFactory, ShellResult } from '@flue/runtime';
import { createSandboxSessionEnv } from '@flue/runtime';

export function daytona(sandbox: DaytonaSandbox): SandboxFactory {
	return {
		async createSessionEnv() {
			const api: SandboxApi = {
				...fileOperations(sandbox),
				exec: (command, options = {}) =>
					exec(sandbox, command, { ...options, deadlineSeconds: options.timeout }),
			};
			return createSandboxSessionEnv(api, await workingDirectory(sandbox));
		},
	};
}

function sandboxDied(operation: string, state: string): Error {
	return new Error(deathMessage(operation, state));
}

const workingDirectories = new WeakMap<DaytonaSandbox, Promise<string | undefined>>();

/** It cannot change while the sandbox exists, so it is asked for once. A `cwd` of the agent's is Flue's to apply. */
async function workingDirectory(sandbox: DaytonaSandbox): Promise<string> {
	const asked = workingDirectories.get(sandbox) ?? whileAlive(sandbox, 'getWorkDir', sandbox.getWorkDir());
	workingDirectories.set(sandbox, asked);
	asked.catch(() => workingDirectories.delete(sandbox));
	const directory = await asked;
	if (directory === undefined) throw new Error('Daytona names no working directory for this sandbox.');
	return directory;
}

interface CommandOptions {
	readonly cwd?: string | undefined;
	readonly env?: Record<string, string> | undefined;
	readonly deadlineSeconds?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Bytes of stdout, and of stderr, that a command may return: Daytona holds the answer in the sandbox's memory. */
const OUTPUT_LIMIT = 10 * 1024 * 1024;

async function exec(sandbox: DaytonaSandbox, command: string, options: CommandOptions): Promise<ShellResult> {
	const { deadlineSeconds: seconds, signal } = options;
	signal?.throwIfAborted();
	const id = crypto.randomUUID();
	const marker = newMarker();
	// The script keeps the deadline. Daytona's own, which drops all output, is the backstop: whole, 32 bits, 0 for none.
	const backstop = seconds === undefined ? 0 : Math.min(Math.max(Math.ceil(seconds), 0) + 6, 0xffff_ffff);
	const script = execScript(command, options, id, marker);
	const call = sandbox.process.executeCommand(script, undefined, undefined, backstop).catch((error: unknown) => {
		if (statusOf(error) === 408) return undefined;
		throw error;
	});
	const ended = new AbortController();
	const cancelFailure = new Promise<never>((_resolve, reject) => {
		signal?.addEventListener('abort', () => cancelCommand(sandbox, id).catch(reject), { signal: ended.signal });
	});
	try {
		const answer = await whileAlive(sandbox, 'exec', Promise.race([call, cancelFailure]));
		const lateNote = `stopped at the deadline of ${seconds} s`;
		if (answer !== undefined) return readResult(answer.result, marker, lateNote);
		return withNotes({ stdout: '', stderr: '', exitCode: 124 }, [lateNote]);
	} finally {
		ended.abort();
	}
}

function readResult(output: string, marker: string, lateNote: string): ShellResult {
	const [noise = '', stdout = '', stderr = noise, ending] = output.split(`${marker}\n`);
	if (ending === undefined) {
		const note = 'the shell around the command did not report: killed by the command, or for want of memory';
		return withNotes({ stdout, stderr, exitCode: 137 }, [note]);
	}
	const cut = Object.entries({ stdout, stderr }).filter(([, text]) => Buffer.byteLength(text) > OUTPUT_LIMIT);
	const notes = cut.map(([name]) => `${name} is cut after ${OUTPUT_LIMIT} bytes: redirect it to a file to have it all`);
	if (!ending.includes('late')) return withNotes({ stdout, stderr, exitCode: Number.parseInt(ending, 10) }, notes);
	return withNotes({ stdout, stderr, exitCode: 124 }, [...notes, lateNote]);
}

function withNotes(result: ShellResult, notes: readonly string[]): ShellResult {
	const { stderr } = result;
	const gap = notes.length === 0 || stderr === '' || stderr.endsWith('\n') ? '' : '\n';
	return { ...result, stderr: stderr + gap + notes.map((note) => `[${note}]\n`).join('') };
}

/**
 * Daytona cannot stop a command, so an abort sends a second one that does, and the first settles by itself: whether the
 * caller waits for that is for Flue to say. Only a failure to cancel ends the wait.
 */
async function cancelCommand(sandbox: DaytonaSandbox, id: string): Promise<void> {
	try {
		const { exitCode } = await sandbox.process.executeCommand(cancelScript(id), undefined, undefined, 30);
		if (exitCode !== 0) throw new Error(`the sandbox answers with exit code ${exitCode}`);
	} catch (error) {
		const message = `The command could not be cancelled and may still be running: ${messageOf(error)}`;
		throw Object.assign(new Error(message, { cause: error }), { name: 'AbortError' });
	}
}

/**
 * Daytona feeds the script to whatever shell the image has, through stdin, merges all output, and waits until nobody holds
 * it open. Hence a group, which a shell parses whole before the command can eat the rest of it; the command as one quoted
 * word, for bash; its output in unlinked files, which a background job may hold as long as it likes. Without a writable
 * /tmp both streams come as one. Names begin with `_` so that none shadows a variable of the sandbox's own environment.
 *
 * The command says who it is, then looks for a tombstone; who stops it does the reverse: so one always sees the other.
 */
function execScript(command: string, options: CommandOptions, id: string, marker: string): string {
	const { cwd, env = {}, deadlineSeconds } = options;
	// env(1), since names such as UID or status are read-only in some shells.
	const variables = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
	const setEnvironment = variables.length === 0 ? '' : `env ${variables.join(' ')} `;
	const enter = cwd === undefined ? '' : `cd -- ${quote(cwd.startsWith('/') ? cwd : `./${cwd}`)} || exit 1`;
	// One argument of a program holds at most 128 KiB on Linux.
	const isLong = Buffer.byteLength(command) > 100_000;
	const program = isLong ? '$_f.c' : `-c ${quote(command)} "\${_bash##*/}"`;
	return `{
_f=/tmp/.flue-${id} _setsid= _late= _watchdog=
_bash=$(command -v bash || command -v sh)
${isLong ? `cat >$_f.c <<'end of ${id}'\n${command}\nend of ${id}` : ''}
_run() {
	read _pid _rest </proc/self/stat
	if [ "$_setsid" ]; then _group=x; else _group=$$; fi
	{ echo "$_pid $_group" >$_f.p; } 2>/dev/null || _setsid=
	if [ -e $_f.x ]; then exit 130; fi
	${enter}
	exec $_setsid ${setEnvironment}"$_bash" ${program}
}
${deadlineSeconds === undefined ? '' : watchdogScript(deadlineSeconds)}
if true >$_f.o && true >$_f.e; then
	exec 3>>$_f.o 4>>$_f.e 5<$_f.o 6<$_f.e
	rm -f $_f.o $_f.e >/dev/null &
	if command -v setsid >/dev/null; then _setsid=setsid; fi
else
	exec 3>&1 4>&1 5</dev/null 6</dev/null
fi
echo '${marker}'
(exec >&3 2>&4 3>&- 4>&- 5<&- 6<&-; _run)
_code=$?
if [ "$_late" ]; then wait $_watchdog; elif [ "$_watchdog" ]; then kill $_watchdog; fi
if [ -s /proc/self/fd/5 ] || [ ! -e /proc/self/fd/5 ]; then head -c ${OUTPUT_LIMIT + 1} <&5; fi
echo '${marker}'
if [ -s /proc/self/fd/6 ] || [ ! -e /proc/self/fd/6 ]; then head -c ${OUTPUT_LIMIT + 1} <&6; fi
echo '${marker}'
echo $_code $_late
rm -f $_f.o $_f.e $_f.p $_f.x $_f.c >/dev/null &
} </dev/null 2>/dev/null`;
}

function watchdogScript(seconds: number): string {
	return `trap _late=late USR1
{
	trap 'kill $!; exit' TERM
	sleep ${Math.max(seconds, 0).toFixed(3)} & wait $! || { sleep ${Math.ceil(seconds)} & wait $!; } || exit
	if [ -e $_f.x ]; then exit; fi
	kill -USR1 $$
	${KILL_SCRIPT}
} >/dev/null &
_watchdog=$!`;
}

function cancelScript(id: string): string {
	return `{
_f=/tmp/.flue-${id}
if [ -e $_f.x ]; then exit; fi
echo >$_f.x || exit 1
n=0
until [ -s $_f.p ] || [ ! -e $_f.x ] || [ $n -ge 50 ]; do
	sleep .1 || sleep 1
	n=$((n + 1))
done
if [ -s $_f.p ]; then
	${KILL_SCRIPT}
fi
rm -f $_f.p $_f.x
} </dev/null >/dev/null 2>&1`;
}

/**
 * TERM to the session of the command, 2 s of grace, then KILL, by builtins alone. Before, all is stopped, down to the last
 * fork: no script goes on with its next line because it loses a child. An image without setsid has no session to go by:
 * there it is the group of the script's shell, but neither that shell nor the watchdog itself.
 */
const KILL_SCRIPT = `echo >$_f.x
	read me rest </proc/self/stat
	read leader group <$_f.p || { leader=x group=$$; }
	send() {
		none=1
		for process in /proc/[0-9]*; do
			read -r stat <$process/stat || continue
			pid=\${process#/proc/}
			stat=\${stat##*") "}
			case $1$stat in STOPT* | *Z*) continue ;; esac
			stat=\${stat#* * }
			pgrp=\${stat%% *}
			stat=\${stat#* }
			case "$leader" in "$pid" | "\${stat%% *}") ;; *) if [ "$pgrp" != "$group" ]; then continue; fi ;; esac
			case "$pid" in "$group" | "$me") continue ;; esac
			kill -$1 $pid && none=0
		done
		return $none
	}
	n=0
	while [ $n -lt 20 ] && send STOP; do n=$((n + 1)); done
	send TERM
	send CONT
	n=0
	while [ $n -lt 60 ] && if [ $n -lt 30 ]; then send 0; else send KILL; fi; do
		if sleep .05; then n=$((n + 1)); else sleep 1 && n=$((n + 15)); fi
	done`;

function quote(word: string): string {
	if (word.includes('\0')) throw new Error(`A command, path or variable cannot hold a NUL: ${JSON.stringify(word)}`);
	return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What a command does not know it cannot forge: 122 random bits between two characters that are rare in output. */
function newMarker(): string {
	return `\x02${crypto.randomUUID()}\x03`;
}

/** Up to these sizes a file travels in the request that also checks it. */
const SMALL_READ = 1024 * 1024;
const SMALL_WRITE = 256 * 1024;
const READ_CHUNK = 4 * 1024 * 1024;

/**
 * All by scripts, since Daytona's own file calls follow links, trim names, merge every failure into a status code, and know
 * neither `force` nor a plain mkdir. Only what is large goes through them, and is checked.
 */
function fileOperations(sandbox: DaytonaSandbox) {
	/** Runs a POSIX script on words that no shell parses. What it prints is the answer, or the reason when it fails. */
	async function run(operation: string, path: string, script: string, words: readonly string[] = [], input?: Buffer) {
		const marker = newMarker();
		const body = `echo '${marker}'\n(${script}\n) 2>&1\ncode=$?\necho '${marker}'\necho $code`;
		const shell = `sh -c ${quote(body)} sh ${[path, ...words].map(quote).join(' ')}`;
		// In every shell echo is a builtin, and so takes words of any length, and Base64 as it is.
		const command = input === undefined ? `exec ${shell} </dev/null` : `echo '${input.toString('base64')}' | ${shell}`;
		const call = sandbox.process.executeCommand(command, undefined, undefined, 0);
		const { result } = await whileAlive(sandbox, `${operation} ${path}`, call);
		const [noise = '', output = noise, code] = result.split(`${marker}\n`);
		if (Number(code) === 0) return output;
		throw new Error(`${operation} ${path} failed: ${output.trim().replace(/^sh: (?:line )?\d+: /, '')}`);
	}

	async function readBytes(path: string): Promise<Buffer> {
		const answer = await run('readFile', path, READ_SCRIPT);
		const [size = ''] = answer.split('\n', 1);
		if (Number(size) <= SMALL_READ) return Buffer.from(answer.slice(size.length), 'base64');
		// With the boundary of Daytona's multipart answer inside, a file fails to arrive on Node and comes short elsewhere.
		const whole = await whileAlive(sandbox, 'readFile', sandbox.fs.downloadFile(path)).catch(() => undefined);
		if (whole !== undefined && whole.length >= Number(size)) return whole;
		const chunks: Buffer[] = [];
		const script = `dd if="$1" bs=${READ_CHUNK} skip="$2" count=1 2>/dev/null | base64`;
		do {
			const chunk = await run('readFile', path, script, [String(chunks.length)]);
			chunks.push(Buffer.from(chunk, 'base64'));
		} while (chunks.at(-1)?.length === READ_CHUNK);
		return Buffer.concat(chunks);
	}

	/** By way of a plain name, which no upload changes, and by its size: on serverless hosts the SDK reports no failure. */
	async function upload(path: string, parent: string, bytes: Buffer): Promise<boolean> {
		const draft = `/tmp/.flue-${crypto.randomUUID()}`;
		await whileAlive(sandbox, 'writeFile', sandbox.fs.uploadFile(bytes, draft)).catch(() => undefined);
		const answer = await run('writeFile', path, MOVE_UPLOAD_SCRIPT, [parent, draft, String(bytes.length)]);
		return answer.startsWith('moved');
	}

	return {
		readFile: async (path: string) => (await readBytes(path)).toString('utf8'),
		readFileBuffer: async (path: string) => new Uint8Array(await readBytes(path)),
		async writeFile(path: string, content: string | Uint8Array): Promise<void> {
			const { buffer, byteOffset, byteLength } = typeof content === 'string' ? Buffer.from(content) : content;
			const bytes = Buffer.from(buffer, byteOffset, byteLength);
			const parent = path.slice(0, path.lastIndexOf('/')) || '/';
			if (bytes.length > SMALL_WRITE && (await upload(path, parent, bytes))) return;
			for (let start = 0; start === 0 || start < bytes.length; start += SMALL_WRITE) {
				const script = start === 0 ? 'mkdir -p -- "$2" && base64 -d >"$1"' : 'base64 -d >>"$1"';
				await run('writeFile', path, script, [parent], bytes.subarray(start, start + SMALL_WRITE));
			}
		},
		/** Of what a link leads to, but for `isSymbolicLink`. */
		async stat(path: string) {
			const script = `stat -Lc '%f %s %Y %y' -- "$1" && if [ -L "$1" ]; then echo link; fi`;
			const answer = await run('stat', path, script);
			const fields = /^(\w+) (\d+) (-?\d+) [^.\n]*(?:\.(\d{3}))?.*\n(link)?/.exec(answer);
			if (fields === null) throw new Error(`stat ${path} failed: ${answer}`);
			const [, mode = '', size, seconds, milliseconds = 0, link] = fields;
			const type = Number.parseInt(mode, 16) & 0o170000;
			return {
				isFile: type === 0o100000,
				isDirectory: type === 0o040000,
				isSymbolicLink: link !== undefined,
				size: Number(size),
				mtime: new Date(Number(seconds) * 1000 + Number(milliseconds)),
			};
		},
		readdir: async (path: string) => (await run('readdir', path, READDIR_SCRIPT)).split('\0').slice(0, -1),
		exists: async (path: string) => (await run('exists', path, EXISTS_SCRIPT)).startsWith('yes'),
		async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
			await run('mkdir', path, `mkdir ${options?.recursive ? '-p' : ''} -- "$1"`);
		},
		async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
			await run('rm', path, `rm ${options?.recursive ? '-r' : ''} ${options?.force ? '-f' : ''} -- "$1"`);
		},
	};
}

// Neither a pipe nor a device: reading one may never end.
const READ_SCRIPT = `if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file"; exit 1; fi
size=$(wc -c <"$1") || exit 1
echo $size
if [ $size -le ${SMALL_READ} ]; then base64 <"$1"; fi`;

const MOVE_UPLOAD_SCRIPT = `trap 'rm -f "$3"' EXIT
if [ "$(stat -c %s "$3" 2>/dev/null)" = "$4" ]; then
	mkdir -p -- "$2" && cat "$3" >"$1" && echo moved
fi`;

const READDIR_SCRIPT = `if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then ls -- "$1/." >/dev/null; exit 1; fi
for name in * .*; do
	case $name in . | ..) continue ;; esac
	if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\\0' "$name"; fi
done`;

// It is not there, unless it may not be looked at.
const EXISTS_SCRIPT = `if [ -e "$1" ]; then echo yes; exit; fi
reason=$(LC_ALL=C ls -dL -- "$1" 2>&1)
case $reason in *ermission\\ denied*) echo "$reason"; exit 1 ;; esac`;

const DEAD_STATES = ['stopped', 'paused', 'archiving', 'archived', 'destroying', 'destroyed', 'error', 'build_failed'];
const PROBE_INTERVAL_MS = 5_000;

const deathWatches = new WeakMap<DaytonaSandbox, ReturnType<typeof createDeathWatch>>();

/** Waits for a call, but no longer than the sandbox lives. What it throws says which operation failed, and why. */
async function whileAlive<T>(sandbox: DaytonaSandbox, operation: string, call: Promise<T>): Promise<T> {
	const watch = deathWatches.get(sandbox) ?? createDeathWatch(sandbox);
	deathWatches.set(sandbox, watch);
	const explained = call.catch(async (error: unknown) => {
		// A stopped sandbox answers 400 and a deleted one 404, as for a bad path: only its state tells them apart.
		const limit = AbortSignal.timeout(PROBE_INTERVAL_MS);
		const noAnswer = new Promise<undefined>((resolve) => limit.addEventListener('abort', () => resolve(undefined)));
		const state = await Promise.race([deadStateOf(sandbox), noAnswer]);
		if (state !== undefined) throw sandboxDied(operation, state);
		if (error instanceof Error && error.name === 'AbortError') throw error;
		throw new Error(`${operation} failed: ${messageOf(error)}`, { cause: error });
	});
	return watch(explained, (state) => sandboxDied(operation, state));
}

/** Daytona leaves calls pending when their sandbox dies. One probe serves all that are pending; none is sent without. */
function createDeathWatch(sandbox: DaytonaSandbox) {
	const calls = new Map<Promise<unknown>, (state: string) => void>();
	let timer: ReturnType<typeof setInterval> | undefined;
	let isAsking = false;
	const probe = async () => {
		if (isAsking) return;
		isAsking = true;
		const ends = [...calls.values()];
		const state = await deadStateOf(sandbox);
		if (state !== undefined) for (const end of ends) end(state);
		isAsking = false;
	};
	return async <T>(call: Promise<T>, died: (state: string) => Error): Promise<T> => {
		const death = new Promise<never>((_resolve, reject) => calls.set(call, (state) => reject(died(state))));
		timer ??= setInterval(probe, PROBE_INTERVAL_MS);
		try {
			return await Promise.race([call, death]);
		} finally {
			calls.delete(call);
			if (calls.size === 0) {
				clearInterval(timer);
				timer = undefined;
			}
		}
	};
}

/** Undefined while it lives. No answer is no death: the API and the sandbox are reached by different ways. */
async function deadStateOf(sandbox: DaytonaSandbox): Promise<string | undefined> {
	try {
		await sandbox.refreshData();
		return DEAD_STATES.find((state) => state === sandbox.state);
	} catch (error) {
		return statusOf(error) === 404 ? 'destroyed' : undefined;
	}
}

function deathMessage(operation: string, state: string): string {
	const wayOut = 'Start it with sandbox.start(), or replace it if it is gone; a longer autoStopInterval keeps it alive.';
	return `Sandbox ${operation} failed: the sandbox is ${state}. ${wayOut}`;
}

/** The SDK's error classes differ between its versions and copies; their `statusCode` does not. */
function statusOf(error: unknown): number | undefined {
	return (error as { statusCode?: number } | undefined)?.statusCode;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
